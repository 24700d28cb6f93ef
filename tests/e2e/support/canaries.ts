import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { stringify } from "yaml";

import { kubectl } from "./harness";

/** Label of all canaries; its value tells those of one test from another's. */
const LABEL = "e2e-canary";

/** Data whose loss a test would notice: a ConfigMap and a Secret of the same name and value. */
export interface Canary {
  name: string;
  value: string;
}

const KINDS = ["ConfigMap", "Secret"] as const;

/** An object of Kubernetes, as far as it is read here. */
export interface CanaryObject {
  kind: string;
  metadata: { name: string };
  /** Of a Secret in Base64. */
  data?: Record<string, string>;
}

/** The objects of canaries, for `kubectl create`. */
export function canaryObjects(canaries: readonly Canary[], group: string): object[] {
  return canaries.flatMap(({ name, value }) =>
    KINDS.map((kind) => ({
      ...{ apiVersion: "v1", kind, metadata: { name, labels: { [LABEL]: group } } },
      data: { value: kind === "Secret" ? Buffer.from(value).toString("base64") : value },
    })),
  );
}

/** Which objects of these canaries are not there, or have another value. */
export function lostOf(written: readonly Canary[], found: readonly CanaryObject[]): string[] {
  return written.flatMap(({ name, value }) =>
    KINDS.flatMap((kind) => {
      const own = found.find((one) => one.kind === kind && one.metadata.name === name);
      const stored = own?.data?.["value"];
      const is =
        kind === "Secret" && stored !== undefined
          ? Buffer.from(stored, "base64").toString("utf8")
          : stored;
      if (is === value) {
        return [];
      }
      return [`${kind} ${name} ${own === undefined ? "is gone" : "has another value"}`];
    }),
  );
}

/** Canaries of one test in the cluster, in the namespace default. */
export class Canaries {
  private readonly written: Canary[] = [];

  /** @param group - Names them; a DNS label. */
  constructor(private readonly group: string) {}

  /** Writes so many. One counts as soon as the API server has said that it is written. */
  async write(count: number): Promise<void> {
    const fresh = Array.from({ length: count }, (_, index) => ({
      name: `${this.group}-${this.written.length + index}-${randomBytes(4).toString("hex")}`,
      value: randomBytes(16).toString("hex"),
    }));
    const objects = canaryObjects(fresh, this.group);
    const list = { apiVersion: "v1", kind: "List", items: objects };
    await kubectl(["create", "--namespace=default", "--filename=-"], stringify(list));
    this.written.push(...fresh);
  }

  /** Goes on to write one each second while something happens; a write that fails is none. */
  async writeDuring<T>(event: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const writer = (async () => {
      while (!over.signal.aborted) {
        await this.write(1).catch(() => undefined);
        await delay(1_000, undefined, { signal: over.signal }).catch(() => undefined);
      }
    })();
    try {
      return await event();
    } finally {
      over.abort();
      await writer;
    }
  }

  /** How many were written. */
  get count(): number {
    return this.written.length;
  }

  /** What is lost of all that was written. */
  async lost(): Promise<string[]> {
    const list = await kubectl([
      ...["get", "configmaps,secrets", "--namespace=default", "--output=json"],
      `--selector=${LABEL}=${this.group}`,
    ]);
    return lostOf(this.written, (JSON.parse(list) as { items: CanaryObject[] }).items);
  }

  /** Takes them away. */
  async remove(): Promise<void> {
    const all = ["configmaps,secrets", "--namespace=default", `--selector=${LABEL}=${this.group}`];
    await kubectl(["delete", ...all, "--ignore-not-found"]);
    this.written.length = 0;
  }
}
