import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** Milliseconds between two looks: a process that lives shorter may be missed. */
const INTERVAL = 200;

/** Looks at a process: its program may still be that of its parent at the first one. */
const LOOKS = 2;

/**
 * Collects the command lines and environments of all processes of this machine, and so of the lab's machines and pods, which are
 * processes of this machine too, from now on. The test's own process and those before the watch are seen as well.
 */
export class ProcessWatch {
  /** Arguments and `NAME=value`, by the places where they were seen, such as `command line of kubectl`. */
  private readonly texts = new Map<string, Set<string>>();
  /** How often a process was looked at, by its id. */
  private looks = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  /** What was seen: each place with all that stood there, each text once. */
  get seen(): [place: string, text: string][] {
    return [...this.texts].map(([place, texts]) => [place, [...texts].join("\n")]);
  }

  start(): void {
    this.look();
    this.timer = setInterval(() => this.look(), INTERVAL);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Looks once. */
  look(): void {
    const looks = new Map<string, number>();
    for (const id of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
      const before = this.looks.get(id) ?? 0;
      looks.set(id, before + 1);
      if (before < LOOKS) {
        this.take(id);
      }
    }
    this.looks = looks;
  }

  private take(id: string): void {
    try {
      const program = programOf(id);
      for (const argument of readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0")) {
        this.note(argument, `command line of ${program}`);
      }
      for (const variable of readFileSync(`/proc/${id}/environ`, "utf8").split("\0")) {
        this.note(variable, `environment of ${program}, ${variable.split("=")[0]}`);
      }
    } catch {
      // It has ended, or is the kernel's own.
    }
  }

  private note(text: string, place: string): void {
    if (text !== "") {
      this.texts.set(place, (this.texts.get(place) ?? new Set()).add(text));
    }
  }
}

/** A program whose file has no path here, such as the runtime that begins a container, goes by its process's name. */
function programOf(id: string): string {
  const file = basename(readlinkSync(`/proc/${id}/exe`)).replace(/ \(deleted\)$/, "");
  return file === "" ? readFileSync(`/proc/${id}/comm`, "utf8").trim() : file;
}
