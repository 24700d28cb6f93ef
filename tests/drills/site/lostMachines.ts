import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { emptyProgramSeconds } from "../../e2e/support/emptyProgram";
import {
  danglingVolumes,
  docker,
  environment,
  expectSuccess,
  forgetCluster,
  kubectl,
  make,
  onMachine,
} from "../../e2e/support/harness";

/**
 * The most that a destroy may take which has to find out what is gone, as a multiple of a stack without a resource, measured
 * in the same run: it deletes some 250 resources, and waits for no machine longer than it is given.
 */
const AT_MOST_EMPTY_PROGRAMS = 160;

/** Seconds until a machine that does not answer is named. */
const NAMED_SECONDS = 60;

/** Machines that die: the site goes down without them, leaves nothing, and says what it let go. The last of the drills. */
export function lostMachines(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const controlPlane = site.nodes.find(({ role }) => role === "control-plane")!;
  let worker = "";
  let volumes: string[];
  let emptyProgram: number;

  /** Expects that nothing of the lab is left on this machine. */
  async function expectNothingLeft(): Promise<void> {
    forgetCluster();
    expect(await docker("ps", "--all", "--quiet", "--filter", "label=sitewright.lab")).toBe("");
    expect(await docker("network", "ls", "--format", "{{.Name}}")).not.toContain("sitewright");
    expect((await danglingVolumes()).filter((one) => !volumes.includes(one))).toEqual([]);
  }

  beforeAll(async () => {
    volumes = await danglingVolumes();
    emptyProgram = await emptyProgramSeconds();
    const columns = "-o=jsonpath={.items[0].spec.nodeName}";
    const pods = ["--namespace", site.apps.consul.namespace, "get", "pods", "-l", "app=consul"];
    worker = await kubectl([...pods, columns]);
    expect(site.nodes.map(({ name }) => name)).toContain(worker);
  });

  test("a stopped worker with volumes keeps no make down from its end, and is named within a minute", async () => {
    await docker("kill", `sitewright-${worker}`);
    const begun = Date.now();
    let named = Infinity;
    const finished = await make("down", {
      onOutput: (output) => {
        if (output.includes(`Node ${worker} does not answer`)) {
          named = Math.min(named, (Date.now() - begun) / 1000);
        }
      },
    });
    expectSuccess(finished);
    expect(finished.output).toContain(`Node ${worker} is lost`);
    expect(finished.output).toMatch(new RegExp(`Let go: pod \\S+ on ${worker}`));
    expect(finished.output).toMatch(new RegExp(`Machine ${worker} does not answer at [0-9.]+:22`));
    console.log(
      `make down without a worker: ${finished.seconds.toFixed(0)} s, named after ${named.toFixed(0)} s`,
    );
    expect(named).toBeLessThanOrEqual(NAMED_SECONDS);
    expect(finished.seconds / emptyProgram).toBeLessThanOrEqual(AT_MOST_EMPTY_PROGRAMS);
    await expectNothingLeft();
  });

  describe("without the only control plane", () => {
    beforeAll(async () => {
      expectSuccess(await make("up"));
      await docker("kill", `sitewright-${controlPlane.name}`);
    }, 600_000);

    test("make down refuses, changes nothing, and names the way", async () => {
      const finished = await make("down");
      expect(finished.exitCode).not.toBe(0);
      expect(finished.output).toContain("make down LOST=cluster");
      const another = site.nodes.find(({ role }) => role === "worker")!;
      expect(await onMachine(another.name, "systemctl", "is-active", "kubelet")).toBe("active");
    });

    test("make down LOST=cluster takes everything away", async () => {
      const finished = await make("down", { variables: { LOST: "cluster" } });
      expectSuccess(finished);
      expect(finished.output).toContain("is given up");
      expect(finished.output).toContain(`Machine ${controlPlane.name} does not answer`);
      console.log(`make down LOST=cluster: ${finished.seconds.toFixed(0)} s`);
      expect(finished.seconds / emptyProgram).toBeLessThanOrEqual(AT_MOST_EMPTY_PROGRAMS);
      await expectNothingLeft();
    });
  });
}
