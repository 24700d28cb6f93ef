import { execa } from "execa";

import { FIELD_MANAGER } from "../../../kubernetes/fieldManager";
import { madeOrHopeless } from "../parts";
import { watchAcceptedWrites } from "../support/acceptedWrites";
import { type Cut, docker, expectSuccess, fieldOwners, make } from "../support/harness";
import { takeLabDown } from "../support/lab";
import { rememberMachine } from "./destroy";

const creating = (pattern: string): RegExp => new RegExp(`\\+ +${pattern}[^\\n]*creating`);

/** Between what the other side has accepted and what the state says of it. */
const accepted = (pattern: string): Cut & { when: RegExp } => ({
  when: new RegExp(`^${pattern}`),
  signal: "SIGKILL",
  watch: watchAcceptedWrites,
});

/** A sample of kills in all three stacks: tests/drills/kills.test.ts has one at each write, and runs that are asked to end. */
const cuts: [string, Cut & { when: RegExp }][] = [
  [
    "SIGKILL during a clone",
    { when: creating("vsphere:index:VirtualMachine devk8swok502"), signal: "SIGKILL" },
  ],
  // Which of them is left to be made depends on how far the run before has come.
  ["SIGKILL when vCenter has made a machine", accepted("machine sitewright-devk8s")],
  [
    "SIGKILL during kubeadm init",
    { when: creating("command:remote:Command [^\\n]*init"), signal: "SIGKILL" },
  ],
  ["SIGKILL when the API server has a StatefulSet", accepted("statefulsets ")],
];

/** Each run goes on where the one before was cut off; the last one converges. */
export function interruptedUp(): void {
  beforeAll(async () => {
    await takeLabDown();
    await rememberMachine();
  });

  test("with a wrong passphrase nothing is begun", async () => {
    const shell = { PULUMI_CONFIG_PASSPHRASE: "wrong" };
    const finished = await make("up", { shell });
    expect(finished.exitCode).not.toBe(0);
    expect(finished.output).toContain('not the one of environment "dev". Nothing was changed.');
    expect(await docker("ps", "--all", "--quiet", "--filter", "label=sitewright.lab")).toBe("");
    expect(await docker("network", "ls", "--format", "{{.Name}}")).not.toContain("sitewright");
  });

  test.each(cuts)("%s", async (_, cut) => {
    const finished = await make("up", { cut });
    expect(finished.output).toMatch(
      cut.watch === undefined ? cut.when : new RegExp(`accepted: ${cut.when.source.slice(1)}`),
    );
    expect(finished.exitCode).not.toBe(0);
  });

  test("the next make up converges", async () => {
    await madeOrHopeless(async () => expectSuccess(await make("up")));
  });

  test("no program of a run that was killed goes on", async () => {
    const { stdout } = await execa("ps", ["-eo", "ppid=,args="]);
    const left = stdout.split("\n").filter((line) => /^ *1 .*@pulumi\/pulumi\/cmd\/run/.test(line));
    expect(left).toEqual([]);
  });

  test("no object has an owner that was made up for one of these runs", async () => {
    const owners = await fieldOwners();
    expect(owners).toContain(FIELD_MANAGER);
    expect(owners.join(" ")).not.toMatch(/pulumi-kubernetes-/);
  });
}
