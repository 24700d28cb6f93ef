import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type EngineEvent, parseEventLog } from "../../../../operations/engine/eventLog";
import type { EnvironmentReport, StackPreview } from "../../../../operations/preview-report/model";
import { previewedStack } from "../../../../operations/preview-report/previewedStack";

/**
 * What the real engine and plugins logged of changes to the lab's stacks; tests/integration/previewReport.test.ts recorded them.
 *
 * infra: a machine is gone, one has another address, one more memory, and HAProxy was never configured.
 * cluster: another pod subnet, and a namespace less.
 */
export function recording(stack: "infra" | "cluster"): EngineEvent[] {
  const path = join(__dirname, "..", "recordings", `${stack}.jsonl`);
  return parseEventLog(readFileSync(path, "utf8"));
}

export function recordedPreview(
  stack: "infra" | "cluster",
  events: readonly EngineEvent[] = recording(stack),
): StackPreview {
  return previewedStack(stack, events, { ok: true, seconds: 3.2 });
}

/** A report of one environment that was previewed against its state. */
export function siteReport(
  previews: StackPreview[] = [recordedPreview("infra"), recordedPreview("cluster")],
): EnvironmentReport {
  return { environment: "dev", source: "site", previews };
}
