import { rememberMachine } from "./destroy";
import { docker, expectSuccess, make, type Cut } from "./harness";
import { madeOrHopeless } from "./parts";

const creating = (pattern: string): RegExp => new RegExp(`\\+ +${pattern}[^\\n]*creating`);

const cuts: [string, Cut][] = [
  [
    "SIGKILL during a clone",
    { when: creating("vsphere:index:VirtualMachine devk8swok502"), signal: "SIGKILL" },
  ],
  [
    "SIGKILL during kubeadm init",
    { when: creating("command:remote:Command [^\\n]*init"), signal: "SIGKILL" },
  ],
  [
    "SIGINT during a join",
    { when: creating("command:remote:Command [^\\n]*-join"), signal: "SIGINT" },
  ],
  [
    "SIGKILL during the pod network",
    { when: creating("kubernetes:apps/v1:DaemonSet"), signal: "SIGKILL" },
  ],
  [
    "SIGINT during the applications",
    { when: creating("kubernetes:apps/v1:Deployment [^\\n]*traefik"), signal: "SIGINT" },
  ],
];

/** Each run goes on where the one before was cut off; the last one converges. */
export function interruptedUp(): void {
  beforeAll(async () => {
    expectSuccess(await make("down"));
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
    expect(finished.output).toMatch(cut.when);
    expect(finished.exitCode).not.toBe(0);
  });

  test("the next make up converges", async () => {
    await madeOrHopeless(async () => expectSuccess(await make("up")));
  });
}
