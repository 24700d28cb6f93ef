import { isObject } from "../../../lib/values";
import type { Request } from "../graph";
import { plain } from "../mocks";

/** A resource that is made, as a line: its name, and what it is made of. */
export function linesOf(requests: readonly Request[]): string {
  return requests.map((request) => line(request, inputsOf(request))).join("\n");
}

/** The same without what changes nothing on a resource that is there: inputs that are ignored, and scripts of its creation alone. */
export function effectsOf(requests: readonly Request[]): string {
  return requests
    .map((request) => line(request, withoutIgnored(inputsOf(request), request)))
    .join("\n");
}

function line(request: Request, inputs: unknown): string {
  const trigger = request.getReplacementTrigger() as { toJavaScript(): unknown } | undefined;
  const options = request.getProtect() ? ["protected from deletion"] : [];
  return `${request.getName()} ${JSON.stringify([inputs, trigger?.toJavaScript(), ...options])}`;
}

function inputsOf(request: Request): Record<string, unknown> {
  const object = request.getObject() as { toJavaScript(): unknown } | undefined;
  return readable(plain(object?.toJavaScript() ?? {})) as Record<string, unknown>;
}

/** What machines read at their first boot, and what is in Secrets, stands there in base64. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(readable);
  }
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, readable(one)]));
  }
  return typeof value === "string" && /^(?![0-9a-f]+$)[A-Za-z0-9+/]{24,}=*$/.test(value)
    ? Buffer.from(value, "base64").toString()
    : value;
}

function withoutIgnored(inputs: Record<string, unknown>, request: Request): unknown {
  const left = structuredClone(inputs);
  const ignored: string[] = request.getIgnorechangesList();
  if (ignored.includes("*")) {
    return {};
  }
  for (const path of ignored) {
    const keys = path.split(".");
    let holder: unknown = left;
    for (const key of keys.slice(0, -1)) {
      holder = isObject(holder) ? holder[key] : undefined;
    }
    if (isObject(holder)) {
      delete holder[keys.at(-1) as string];
    }
  }
  // A step that has succeeded runs its update. What joins a machine or makes the cluster does nothing more on a member.
  const { create, update } = left;
  if (update !== undefined && update !== create) {
    delete left["create"];
    delete left["stdin"];
  }
  if (/(^|-)join-/.test(request.getName())) {
    delete left["stdin"];
  }
  return left;
}
