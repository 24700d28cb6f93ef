import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/**
 * `down` with programs of the same names in the place of docker and iptables: what it leaves when it ends early. It has nothing
 * that runs at its end whatever happens, so a failure at a step leaves what a SIGKILL there leaves.
 */
const scratch = mkdtempSync(join(tmpdir(), "lab-down-"));
const before = { PATH: process.env.PATH, XDG_STATE_HOME: process.env.XDG_STATE_HOME };
const state = join(scratch, "sitewright", "lab");
const journal = join(state, "vcenter");
const bin = join(scratch, "bin");
const broken = join(scratch, "broken");
const containers = join(scratch, "containers");
const log = join(scratch, "log");

/** Loaded only when the state's folder is set: it is read then. */
type Down = typeof import("../../../lab/down");
let takeDown: (environment?: string) => Promise<void>;

beforeAll(() => {
  process.env.XDG_STATE_HOME = scratch;
  process.env.PATH = [bin, before.PATH].join(delimiter);
  mkdirSync(bin);
  const program = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/bash\n${script}`);
    chmodSync(join(bin, name), 0o755);
  };
  program("iptables", "exit 1");
  program(
    "docker",
    `echo "$1 $2" >>${log}
if [[ "$1 $2" == "$(cat ${broken})"* ]]; then echo "no answer" >&2; exit 1; fi
case $1 in
  version) echo 28.0.0 ;;
  ps) cat ${containers} ;;
  rm) [[ -e ${scratch}/sticky ]] || : >${containers} ;;
esac`,
  );
  const { down } = jest.requireActual<Down>("../../../lab/down");
  const { Progress } =
    jest.requireActual<typeof import("../../../lib/progress")>("../../../lib/progress");
  takeDown = (environment = "dev") => down(environment, new Progress());
});
beforeEach(() => {
  rmSync(state, { recursive: true, force: true });
  mkdirSync(join(journal, "machines"), { recursive: true });
  for (const name of ["Corefile", "registry.yaml", "vcenter.json"]) {
    writeFileSync(join(state, name), "");
  }
  rmSync(join(scratch, "sticky"), { force: true });
  writeFileSync(broken, "nothing");
  writeFileSync(containers, "devk8scp501\tmachine\trunning\n");
  writeFileSync(log, "");
  jest.spyOn(console, "log").mockImplementation();
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => {
  Object.assign(process.env, before);
  if (before.XDG_STATE_HOME === undefined) {
    delete process.env.XDG_STATE_HOME;
  }
  rmSync(scratch, { recursive: true, force: true });
});

const asked = () => execFileSync("cat", [log], { encoding: "utf8" });
const isWhole = () =>
  ["vcenter/machines", "vcenter.json", "Corefile", "registry.yaml"].every((name) =>
    existsSync(join(state, name)),
  );

test("all goes", async () => {
  await takeDown();
  expect(asked()).toContain("rm --force");
  expect(
    ["vcenter", "vcenter.going", "vcenter.json", "Corefile"].filter((name) =>
      existsSync(join(state, name)),
    ),
  ).toEqual([]);
});

test("the lab of another environment is left as it is, and that environment is named", async () => {
  writeFileSync(join(state, "environment"), "ha\n");
  await expect(takeDown("dev")).rejects.toThrow(
    /^The lab is up for the environment ha[^]*Nothing was changed\.[^]*make down ENV=ha first/,
  );
  expect(asked()).toBe("");
  expect(isWhole()).toBe(true);
  await takeDown("ha");
  expect(existsSync(join(state, "environment"))).toBe(false);
});

test("without a docker that answers nothing is touched", async () => {
  writeFileSync(broken, "version");
  await expect(takeDown()).rejects.toThrow(/^Docker does not answer[^]*Nothing was touched\./);
  expect(isWhole()).toBe(true);
});

test.each(["ps", "rm", "network ls"])(
  "what ends at docker %s keeps what the machines are recognised by, and is ended by the next one",
  async (step) => {
    writeFileSync(broken, step);
    await expect(takeDown()).rejects.toThrow("no answer");
    expect(isWhole()).toBe(true);
    writeFileSync(broken, "nothing");
    await takeDown();
    expect(existsSync(journal)).toBe(false);
  },
);

test("so does a container that stays", async () => {
  writeFileSync(join(scratch, "sticky"), "");
  await expect(takeDown()).rejects.toThrow(/where: container devk8scp501 \(running\)/);
  expect(isWhole()).toBe(true);
});
