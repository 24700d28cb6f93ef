import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";

import { checkout } from "../../../../lib/paths";
import {
  backendFault,
  backendOf,
  backendVariables,
  chosenBackend,
} from "../../../../operations/engine/backend/backendUrl";
import {
  askForBackend,
  chooseBackend,
  hasLocalState,
  withBackend,
} from "../../../../operations/engine/backend/chooseBackend";
import { engineVariables } from "../../../../operations/engine/engine";
import type * as StackFile from "../../../../operations/engine/stackFile";

/** What the environment's file says besides. */
let mockMore: Partial<StackFile.StackFile> = {};
jest.mock("../../../../operations/engine/stackFile", () => {
  const actual = jest.requireActual<typeof StackFile>("../../../../operations/engine/stackFile");
  return {
    ...actual,
    readStackFile: (stack: string) => ({ ...actual.readStackFile(stack), ...mockMore }),
  };
});

const folder = mkdtempSync(join(tmpdir(), "sitewright-backend-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Variables of a shell without a backend. */
const home = { PATH: "/bin", XDG_STATE_HOME: folder };
const LOCAL_URL = `file://${folder}/sitewright/pulumi?metadata=skip`;

/** Puts a state into this machine's folder. */
function putState(project: string, name: string, content: string): void {
  const stacks = join(folder, "sitewright/pulumi/.pulumi/stacks", project);
  mkdirSync(stacks, { recursive: true });
  writeFileSync(join(stacks, name), content);
}

const state = (resources: object[]) =>
  JSON.stringify({ version: 3, checkpoint: { latest: { resources } } });

afterEach(() => {
  rmSync(join(folder, "sitewright"), { recursive: true, force: true });
  jest.restoreAllMocks();
});

describe("where the state of an environment lives", () => {
  const saying = (backend: string) => (mockMore = { backend });
  afterEach(() => (mockMore = {}));

  test("is said by the shell, else by the environment's file, else not at all", () => {
    expect(chosenBackend("prd", home)).toBeUndefined();
    expect(backendOf("prd", home)).toBe(LOCAL_URL);
    saying("s3://team");
    expect(chosenBackend("prd", home)).toBe("s3://team");
    expect(engineVariables("prd", home)).toMatchObject({ PULUMI_BACKEND_URL: "s3://team" });
    expect(chosenBackend("prd", { ...home, PULUMI_BACKEND_URL: "s3://own" })).toBe("s3://own");
    expect(chosenBackend("prd", { ...home, PULUMI_BACKEND_URL: "" })).toBe("s3://team");
    saying("local");
    expect(chosenBackend("prd", home)).toBe(LOCAL_URL);
  });

  test("is refused where the file names none, or has a password", () => {
    for (const backend of ["s3:/bucket", "postgres://me:secret@host/states"]) {
      saying(backend);
      expect(() => chosenBackend("prd", home)).toThrow(
        /^The file names no backend[^]*where: state:backend of Pulumi\.prd\.yaml/,
      );
      expect(() => chosenBackend("prd", home)).not.toThrow("secret");
    }
  });

  test("is warned of where the shell leads to another than the file, without its password", async () => {
    const said = jest.spyOn(console, "error").mockImplementation();
    const open = "postgres://me@host/states";
    saying(open);
    const shell = (url: string) =>
      jest.replaceProperty(process, "env", { ...process.env, ...home, PULUMI_BACKEND_URL: url });
    shell("postgres://me:secret@host/states");
    await chooseBackend("prd");
    expect(said).not.toHaveBeenCalled();
    shell("postgres://me:secret@host/others");
    await chooseBackend("prd");
    expect(said).toHaveBeenCalledWith(
      expect.stringMatching(/leads to another backend.*: postgres:\/\/me@host\/others$/),
    );
  });

  test("is this machine's folder for the lab, whatever is said", () => {
    const lab = { ...home, PULUMI_BACKEND_URL: "s3://own" };
    expect(chosenBackend("dev", lab)).toBe(LOCAL_URL);
  });

  test("a password in the URL of a PostgreSQL is given to the engine apart from it", () => {
    expect(backendVariables("postgres://me:p%40ss@host:5433/states?sslmode=require")).toEqual({
      PULUMI_BACKEND_URL: "postgres://me@host:5433/states?sslmode=require",
      PGPASSWORD: "p@ss",
      PGCONNECT_TIMEOUT: "15",
    });
    const open = "postgres://me@host/states";
    expect(backendVariables(open, { PGCONNECT_TIMEOUT: "3" })).toEqual({
      PULUMI_BACKEND_URL: open,
      PGCONNECT_TIMEOUT: "3",
    });
    for (const url of ["s3://b?endpoint=x:1", LOCAL_URL]) {
      expect(backendVariables(url)).toEqual({ PULUMI_BACKEND_URL: url });
    }
  });
});

describe("a first up outside the lab", () => {
  beforeEach(() => {
    for (const [name, value] of Object.entries({ ...home, PULUMI_BACKEND_URL: "" })) {
      jest.replaceProperty(process, "env", { ...process.env, [name]: value });
    }
  });

  test("is refused where there is no terminal, with all that may be set", async () => {
    const refusal = await chooseBackend("prd").catch((error: Error) => error.message);
    for (const part of [
      "Where the state of prd lives has not been said",
      "PULUMI_BACKEND_URL=<URL>",
      "state:backend: <URL>",
      "state:backend: local",
      `${folder}/sitewright/pulumi`,
    ]) {
      expect(refusal).toContain(part);
    }
  });

  test("of the lab asks nothing", async () => {
    await chooseBackend("dev");
  });

  test.each([
    ["a stack", "sitewright-cluster", "prd.json", state([{ urn: "u" }])],
    ["one with its former name", "infra", "prd.json", state([{ urn: "u" }])],
    ["one whose state is gone, with the one before it", "sitewright-infra", "prd.json.bak", "{"],
    ["one whose state is compressed", "sitewright-infra", "prd.json.gz", "…"],
  ])("asks nothing where this machine's folder has %s", async (_, project, name, content) => {
    putState(project, name, content);
    await chooseBackend("prd");
  });

  test.each([
    ["only an empty stack, as pulumi stack init makes it", "sitewright-infra", "prd.json"],
    ["another environment's", "sitewright-infra", "prd2.json"],
    ["another project's", "their-infra", "prd.json"],
  ])("asks where it has %s", async (_, project, name) => {
    putState(project, name, state(name === "prd.json" && project !== "their-infra" ? [] : [{}]));
    expect(hasLocalState("prd")).toBe(false);
    await expect(chooseBackend("prd")).rejects.toThrow("has not been said");
  });
});

describe("the answer", () => {
  test("is asked for until it names a backend without a password", async () => {
    const said: string[] = [];
    const lines = ["", "bucket", "postgres://me:secret@host/states", "postgres://me@host/states"];
    const answer = await askForBackend("prd", {
      ask: () => Promise.resolve(lines.shift()!),
      say: (line) => said.push(line),
    });
    expect(answer).toBe("postgres://me@host/states");
    expect(said[0]).toContain("Where the site is up already, name the backend that has its state.");
    expect(said.slice(1)).toEqual([
      expect.stringContaining("no answer"),
      expect.stringContaining("wanted: local, or a URL"),
      expect.stringContaining("PGPASSWORD"),
    ]);
    expect(said.join()).not.toContain("secret");
  });

  test.each(["local", "s3://b?endpoint=nas:9000&disableSSL=true", "file:///mnt/states"])(
    "may be %s",
    (answer) => expect(backendFault(answer)).toBeUndefined(),
  );

  test.each(["file://.", "file://~", "postgresql://host/d", "s3://", "lokal"])(
    "may not be %s",
    (answer) => expect(backendFault(answer)).toBeDefined(),
  );

  test("is one line more in the environment's file, and nothing else of it changes", () => {
    const text = readFileSync(join(checkout, "Pulumi.prd.yaml"), "utf8");
    const answer = "s3://b?endpoint=nas:9000&region=none #";
    const edited = withBackend(text, answer);
    const before = text.split("\n");
    expect(edited.split("\n").filter((line) => !before.includes(line))).toHaveLength(2);
    expect(edited.split("\n")).toHaveLength(before.length + 2);
    const config = (content: string) => (parse(content) as { config: object }).config;
    expect(config(edited)).toEqual({ ...config(text), "state:backend": answer });
  });

  test.each(["", "config: {}\n", "encryptionsalt: v1:x\n", "config: { a: b }\n"])(
    "finds its place in a file that says %j",
    (text) => {
      const read = (content: string) => (parse(content) ?? {}) as { config?: object };
      expect(read(withBackend(text, "local"))).toEqual({
        ...read(text),
        config: { ...read(text).config, "state:backend": "local" },
      });
    },
  );
});
