import { execa } from "execa";

import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { environment } from "./harness";

/** Reports each write that vCenter or an API server has accepted, at once, possibly before the engine knows. */
export interface Watch {
  /** Ends it. */
  stop: () => void;
}

const AUDIT_LOG = "/var/log/kubernetes/audit/audit.log";

/**
 * Calls `tell` with a line for every machine that the lab's vCenter makes (`machine <name>`) and every object that the API
 * server creates for Pulumi (`<resource> <namespace>/<name>`): a repeated create of what is there is not told. Follows the
 * cluster's audit log from the moment on at which there is one.
 */
export function watchAcceptedWrites(tell: (what: string) => void): Watch {
  const machines = execa(
    "docker",
    [
      ...["events", "--filter", "type=container", "--filter", "event=create"],
      ...["--format", "machine {{.Actor.Attributes.name}}"],
    ],
    { reject: false, buffer: false, stdin: "ignore" },
  );
  const { nodes } = readEnvironmentFile(environment, { directory: checkout });
  const first = nodes.find(({ role }) => role === "control-plane")?.name ?? "";
  // The machine may not be there yet, and its log not either.
  const follow = `until docker exec sitewright-${first} test -f ${AUDIT_LOG} 2>/dev/null; do sleep 0.2; done
    exec docker exec sitewright-${first} tail --lines=0 --follow ${AUDIT_LOG}`;
  const objects = execa("bash", ["-c", follow], {
    reject: false,
    buffer: false,
    stdin: "ignore",
    detached: true,
  });
  eachLine(machines.stdout, tell);
  eachLine(objects.stdout, (line) => {
    const created = createdObject(line);
    if (created !== undefined) {
      tell(created);
    }
  });
  return {
    stop: () => {
      machines.kill();
      if (objects.pid !== undefined) {
        process.kill(-objects.pid);
      }
    },
  };
}

/** What a line of the audit log says was created by an apply; undefined for any other line. */
export function createdObject(line: string): string | undefined {
  let event: AuditEvent;
  try {
    event = JSON.parse(line) as AuditEvent;
  } catch {
    return undefined;
  }
  const { verb, userAgent = "", requestURI = "", objectRef, responseStatus } = event;
  const isOurs = userAgent.includes("pulumi") && !requestURI.includes("dryRun");
  if (!isOurs || verb !== "patch" || responseStatus?.code !== 201 || objectRef === undefined) {
    return undefined;
  }
  return `${objectRef.resource} ${objectRef.namespace ?? ""}/${objectRef.name}`;
}

/** The part of an event that matters here. */
interface AuditEvent {
  verb: string;
  userAgent?: string;
  requestURI?: string;
  objectRef?: { resource: string; namespace?: string; name: string };
  responseStatus?: { code?: number };
}

function eachLine(stream: NodeJS.ReadableStream, tell: (line: string) => void): void {
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString()}`.split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(tell);
  });
}
