import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

import { docker } from "../support/harness";

const MIB: Record<string, number> = { KiB: 1 / 1024, MiB: 1, GiB: 1024 };

/** Resident memory of the lab's vCenter, MiB. */
function vcenterMemory(): number {
  const sizes = readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((name) => {
      try {
        const isVcenter = basename(readlinkSync(`/proc/${name}/exe`)) === "vcenter";
        const resident = /^VmRSS:\s+([0-9]+) kB/m.exec(
          readFileSync(`/proc/${name}/status`, "utf8"),
        );
        return isVcenter && resident ? [Number(resident[1]) / 1024] : [];
      } catch {
        return [];
      }
    });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Memory of the whole lab in GiB: containers as docker counts them, without page cache, and the vCenter. */
export async function labMemory(): Promise<number> {
  const ids = (await docker("ps", "--quiet", "--filter", "label=sitewright.lab")).split("\n");
  const usage = await docker("stats", "--no-stream", "--format", "{{.MemUsage}}", ...ids);
  const containers = usage.split("\n").reduce((sum, line) => {
    const [, amount, unit] = /^([0-9.]+)([KMG]iB)/.exec(line) ?? [];
    return sum + Number(amount ?? 0) * (MIB[unit ?? ""] ?? 0);
  }, 0);
  return (containers + vcenterMemory()) / 1024;
}
