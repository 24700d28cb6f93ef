import type { ResourcePolicy } from "../policy";
import { at, type Resource, UNKNOWN } from "../resource";

const REMOTE = ["command:remote:Command", "command:remote:CopyToRemote"];

/** The connection of what logs in to a machine, and that of the machine in between. */
function connectionsOf({ type, inputs }: Resource): { path: string; connection: unknown }[] {
  if (!REMOTE.includes(type)) {
    return [];
  }
  const through = at(inputs, "connection", "proxy");
  return [
    { path: "connection", connection: inputs.connection },
    ...(through === undefined ? [] : [{ path: "connection.proxy", connection: through }]),
  ];
}

/** Without it @pulumi/command talks to any host that answers at the address, and hands over what is on standard input. */
export const hostKeyPinned: ResourcePolicy = {
  name: "ssh-host-key-pinned",
  description: "Every login on a machine knows the machine's host key beforehand.",
  level: "mandatory",
  check: (resource) =>
    connectionsOf(resource)
      .filter(({ connection }) =>
        [undefined, null, ""].includes(at(connection, "hostKey") as string),
      )
      .map(({ path }) => ({
        about: path,
        message: `${path}.hostKey is missing: whoever answers at the address would be trusted. Pin the public host key.`,
      })),
};

export const noPasswordLogin: ResourcePolicy = {
  name: "ssh-no-password",
  description: "Every login on a machine is by key.",
  level: "mandatory",
  check: (resource) =>
    connectionsOf(resource)
      .filter(
        ({ connection }) =>
          ![undefined, null, UNKNOWN].includes(at(connection, "password") as null),
      )
      .map(({ path }) => ({
        about: path,
        message: `${path}.password is set: a machine that has been exchanged would learn it. Log in with privateKey.`,
      })),
};
