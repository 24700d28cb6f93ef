import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { imagesOf } from "../../environment/images/imagesOf";
import { registryConfig } from "../../lab/images/registryConfig";
import { issueCertificate } from "../../lab/vcenter/certificates";
import { checkout, toolchain } from "../../lib/paths";
import { waitFor } from "../../lib/poll";
import { writeLock } from "../../operations/images/images";
import { readEnvironmentFile } from "../environment";

const folder = mkdtempSync(join(tmpdir(), "sitewright-images-"));
const store = join(folder, "store");
const LOCK = join(folder, "Pulumi.dev.images.lock");
const MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json";
let running: ChildProcess | undefined;

afterEach(async () => {
  await stop();
  rmSync(LOCK, { force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function stop(): Promise<void> {
  const ended = new Promise((resolve) => running?.once("exit", resolve) ?? resolve(undefined));
  running?.kill();
  await ended;
  running = undefined;
}

/** Writes an image without layers into the folder of a registry, as the registry itself keeps it. */
function put(path: string, tag: string): string {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE,
    config: { mediaType: "application/vnd.oci.empty.v1+json", digest: blob("{}"), size: 2 },
    layers: [],
    annotations: { path, tag },
  });
  const digest = blob(manifest);
  const [, hex] = digest.split(":");
  const manifests = join(store, "docker/registry/v2/repositories", path, "_manifests");
  const link = (...to: string[]) => write(join(manifests, ...to, "link"), digest);
  link("revisions", "sha256", hex!);
  link("tags", tag, "current");
  link("tags", tag, "index", "sha256", hex!);
  return digest;
}

function blob(content: string): string {
  const hex = createHash("sha256").update(content).digest("hex");
  write(join(store, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data"), content);
  return `sha256:${hex}`;
}

function write(path: string, content: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the lab's registry with this in its configuration, and has dev's file name it as its mirror. */
async function start(more: { http?: object; auth?: object } = {}): Promise<void> {
  const port = await freePort();
  const scheme = more.http === undefined ? "http" : "https";
  const config = registryConfig(store, `127.0.0.1:${port}`) as { http: object };
  const path = join(folder, "registry.yaml");
  writeFileSync(path, stringify({ ...config, ...more, http: { ...config.http, ...more.http } }));
  running = spawn(join(toolchain, "lab", "registry"), ["serve", path], {
    stdio: "ignore",
    env: { OTEL_TRACES_EXPORTER: "none" },
  });
  mirrorIs(`${scheme}://127.0.0.1:${port}`);
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/v2/`).then(
      () => true,
      () => false,
    );
  expect(await waitFor(answers, { deadline: 60_000 })).toBe(true);
}

function mirrorIs(url: string): void {
  copyFileSync(join(checkout, "Pulumi.dev.yaml"), join(folder, "Pulumi.dev.yaml"));
  const path = join(folder, "Pulumi.dev.yaml");
  const content = parse(readFileSync(path, "utf8")) as {
    config: Record<string, { registryMirror: string }>;
  };
  content.config["site:containerd"]!.registryMirror = url;
  writeFileSync(path, stringify(content));
}

const images = imagesOf(readEnvironmentFile("dev", { directory: checkout })).map(({ image }) => {
  const colon = image.lastIndexOf(":");
  return { image, path: image.slice(image.indexOf("/") + 1, colon), tag: image.slice(colon + 1) };
});
let digests: Record<string, string> = {};
beforeEach(() => {
  rmSync(store, { recursive: true, force: true });
  digests = Object.fromEntries(images.map(({ image, path, tag }) => [image, put(path, tag)]));
});

const make = (variables: NodeJS.ProcessEnv = { HOME: folder }) =>
  writeLock("dev", folder, { variables });

test("every image gets the digest that the registry has, and the second time nothing is written", async () => {
  await start();
  expect(await make()).toMatch(`${images.length} of ${images.length} images have a digest`);
  expect(parse(readFileSync(LOCK, "utf8"))).toEqual(digests);
  expect(
    imagesOf(readEnvironmentFile("dev", { directory: folder })).map((one) => one.digest),
  ).toEqual(images.map(({ image }) => digests[image]));
  expect(await make()).toMatch("is as it was");
});

test("all tags and digests that the registry lacks are named, and the lockfile stays as it was", async () => {
  await start();
  await make();
  const [first, second, ...others] = images;
  const locked = { ...digests, [first!.image]: `sha256:${"0".repeat(64)}` };
  delete locked[second!.image];
  writeFileSync(LOCK, stringify(locked));
  rmSync(join(store, "docker/registry/v2/repositories", second!.path, "_manifests/tags"), {
    recursive: true,
  });
  const before = readFileSync(LOCK, "utf8");
  const error = await make().catch(String);
  expect(error).toContain(`${others.length} of ${images.length} images have a digest`);
  expect(error).toContain(`${first!.image}@sha256:0000`);
  expect(error).toMatch(`${second!.image}: 127.0.0.1`);
  expect(readFileSync(LOCK, "utf8")).toBe(before);
});

test("a registry that is down is named, for each image", async () => {
  mirrorIs(`http://127.0.0.1:${await freePort()}`);
  await expect(make()).rejects.toThrow(
    new RegExp(`^0 of ${images.length} images[^]*cannot be asked: ECONNREFUSED`),
  );
  expect(existsSync(LOCK)).toBe(false);
});

test("a registry of an own CA is accepted with that CA alone", async () => {
  const tls = join(folder, "tls");
  await issueCertificate(tls, ["127.0.0.1"]);
  const [certificate, key] = ["vcenter.crt", "vcenter.key"].map((name) => join(tls, name));
  await start({ http: { tls: { certificate, key } } });
  await expect(make()).rejects.toThrow(/cannot be asked: (UNABLE_TO|SELF_SIGNED|DEPTH)/);
  expect(await make({ HOME: folder, SSL_CERT_FILE: join(tls, "ca.crt") })).toMatch("is written");
});

test("a registry that asks for credentials gets those of docker login, and wrong ones are told", async () => {
  const path = join(folder, "htpasswd");
  writeFileSync(path, `operator:${PASSWORD_X}\n`);
  await start({ auth: { htpasswd: { realm: "here", path } } });
  await expect(make()).rejects.toThrow(/asks for credentials: docker login 127\.0\.0\.1:/);
  await expect(make(loggedInWith("y"))).rejects.toThrow(/refuses the credentials \(HTTP 401\)/);
  expect(await make(loggedInWith("x"))).toMatch("is written");
});

/** The password "x" as bcrypt keeps it, in the fewest rounds. */
const PASSWORD_X = "$2b$04$WQ9Vpos71qntdk8ILXnkOO8E4thwW1sb1pK/IpFBiiw6Ncg5YcrzC";

function loggedInWith(password: string): NodeJS.ProcessEnv {
  const { config } = parse(readFileSync(join(folder, "Pulumi.dev.yaml"), "utf8")) as {
    config: Record<string, { registryMirror: string }>;
  };
  const { host } = new URL(config["site:containerd"]!.registryMirror);
  const auth = Buffer.from(`operator:${password}`).toString("base64");
  write(join(folder, "docker", "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
  return { DOCKER_CONFIG: join(folder, "docker") };
}
