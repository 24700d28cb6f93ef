import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { toolchain } from "../../../lib/paths";
import { waitFor } from "../../../lib/poll";

/** A server that keeps states, as a team has one. */
export interface Store {
  /** Begins with `s3` or `postgres`. */
  name: string;
  /** The backend's URL, with another host and port, or another bucket or database. */
  url: (place?: { address?: string; bucket?: string; options?: string }) => string;
  /** What enters it. */
  credentials: Record<string, string>;
  /** What does not. */
  wrong: Record<string, string>;
  start: () => Promise<void>;
  stop: () => Promise<void>;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function untilItAnswers(port: number, process: ChildProcess): Promise<void> {
  if (!(await waitFor(() => answers(port), { deadline: 30_000 })) || process.exitCode !== null) {
    throw new Error(`nothing listens on port ${port}`);
  }
}

async function ended(process: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (process !== undefined && process.exitCode === null) {
    const exit = new Promise((resolve) => process.once("exit", resolve));
    process.kill(signal);
    await exit;
  }
}

/** What this store wants: it refuses the engine's default for stores that are not AWS. */
const CHECKSUMS = "&request_checksum_calculation=when_supported";

/** versitygw: the S3 protocol over a folder. */
export function s3Store(port: number): Store {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-s3-"));
  const secret = randomBytes(16).toString("hex");
  const credentials = { AWS_ACCESS_KEY_ID: "sitewright", AWS_SECRET_ACCESS_KEY: secret };
  let server: ChildProcess | undefined;
  return {
    name: "s3",
    url: ({ address = `127.0.0.1:${port}`, bucket = "states", options = CHECKSUMS } = {}) =>
      `s3://${bucket}?endpoint=http://${address}&s3ForcePathStyle=true&region=us-east-1${options}`,
    credentials,
    wrong: { ...credentials, AWS_SECRET_ACCESS_KEY: randomBytes(16).toString("hex") },
    start: async () => {
      mkdirSync(join(folder, "states"));
      const env = {
        PATH: process.env.PATH,
        ROOT_ACCESS_KEY: "sitewright",
        ROOT_SECRET_KEY: secret,
      };
      const args = ["--port", `127.0.0.1:${port}`, "--quiet", "posix", folder];
      server = spawn(join(toolchain, "lab", "versitygw"), args, { env, stdio: "ignore" });
      await untilItAnswers(port, server);
    },
    stop: async () => {
      await ended(server, "SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Debian's PostgreSQL, with passwords. */
export function postgresStore(port: number): Store {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-postgres-"));
  const password = randomBytes(16).toString("hex");
  const credentials = { PGPASSWORD: password };
  const data = join(folder, "data");
  let server: ChildProcess | undefined;
  /** Debian's account where this is root, whom PostgreSQL refuses. */
  const as = async (): Promise<{ uid?: number; gid?: number }> => {
    if (process.getuid?.() !== 0) {
      return {};
    }
    const ids = await Promise.all(["-u", "-g"].map((one) => execa("id", [one, "postgres"])));
    return { uid: Number(ids[0].stdout), gid: Number(ids[1].stdout) };
  };
  return {
    name: "postgres",
    url: ({ address = `127.0.0.1:${port}`, bucket = "states" } = {}) =>
      `postgres://sitewright@${address}/${bucket}?sslmode=disable`,
    credentials,
    wrong: { PGPASSWORD: randomBytes(16).toString("hex") },
    start: async () => {
      const [newest] = readdirSync("/usr/lib/postgresql").sort(
        (one, other) => Number(other) - Number(one),
      );
      const bin = join("/usr/lib/postgresql", newest ?? "", "bin");
      const account = await as();
      const passwordFile = join(folder, "password");
      writeFileSync(passwordFile, password);
      chmodSync(folder, 0o755);
      if (account.uid !== undefined) {
        [folder, passwordFile].forEach((path) => chownSync(path, account.uid!, account.gid!));
      }
      const options = { ...account, cwd: folder, stdin: "ignore" } as const;
      const init = ["--username=sitewright", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
      await execa(join(bin, "initdb"), ["-D", data, "--no-sync", ...init], options);
      const settings = {
        port: String(port),
        listen_addresses: "127.0.0.1",
        unix_socket_directories: "",
        fsync: "off",
      };
      const set = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
      server = spawn(join(bin, "postgres"), ["-D", data, ...set], {
        ...account,
        cwd: folder,
        stdio: "ignore",
      });
      await untilItAnswers(port, server);
      const env = { ...credentials };
      const create = ["-h", "127.0.0.1", "-p", String(port), "-U", "sitewright", "states"];
      expect(
        await waitFor(
          async () =>
            !(await execa(join(bin, "createdb"), create, { ...options, env, reject: false }))
              .failed,
          { deadline: 30_000 },
        ),
      ).toBe(true);
    },
    stop: async () => {
      // Fast: without waiting for sessions.
      await ended(server, "SIGINT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A server that takes connections and says nothing. */
export async function silentServer(): Promise<{ address: string; server: Server }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `127.0.0.1:${(server.address() as { port: number }).port}`, server };
}
