import { readdirSync, readFileSync } from "node:fs";

/**
 * The processes whose arguments or variables name a folder: those of one site's state, and of no other test that runs beside.
 * A process that ends meanwhile is left out.
 */
export function processesNaming(folder: string): { pid: number; command: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((name) => {
      try {
        const [command, variables] = ["cmdline", "environ"].map((file) =>
          readFileSync(`/proc/${name}/${file}`, "utf8").replaceAll("\0", " ").trim(),
        );
        return `${command} ${variables}`.includes(folder)
          ? [{ pid: Number(name), command: command! }]
          : [];
      } catch {
        return [];
      }
    });
}

/** Ends a process at once. One whose parent went before may have ended by itself. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
      throw error;
    }
  }
}
