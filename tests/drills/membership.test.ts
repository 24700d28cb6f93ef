import "../membership/environment";

import { stringify } from "yaml";

import { madeOrHopeless, part } from "../e2e/parts";
import { expectSuccess, kubectl, make } from "../e2e/support/harness";
import { takeLabDown } from "../e2e/support/lab";
import { closedFlow } from "../membership/scenarios/closedFlow";
import { controlPlanes, founder } from "../membership/scenarios/controlPlanes";
import { kills } from "../membership/scenarios/kills";
import { lost } from "../membership/scenarios/lost";
import { oneEdit } from "../membership/scenarios/oneEdit";
import { restarts } from "../membership/scenarios/restarts";
import { workers } from "../membership/scenarios/workers";

/** What the site of Pulumi.ha.yaml survives when its members come and go, killed at each step too. */
jest.setTimeout(20 * 60_000);

describe("make up of infra and cluster", () => {
  beforeAll(takeLabDown);

  test.each(["infra", "cluster"])("%s", async (STACK) => {
    await madeOrHopeless(async () => expectSuccess(await make("up", { variables: { STACK } })));
  });
});
part("workers", workers);
part("a closed flow", closedFlow);
part("the founder", founder);
part("one and three control planes", controlPlanes);
part("restarts", restarts);
part("one edit", oneEdit);
part("machines that are lost", lost);
part("kills", kills);
describe("make down", () => {
  test("takes the site away without a drain, whatever a budget forbids", async () => {
    const budget = {
      ...{ apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
      metadata: { name: "never", namespace: "kube-system" },
      spec: { maxUnavailable: 0, selector: { matchLabels: { "k8s-app": "kube-dns" } } },
    };
    await kubectl(["apply", "--filename=-"], stringify(budget));
    const finished = await make("down");
    expectSuccess(finished);
    expect(finished.output).not.toMatch(/draining|has left the cluster/);
  });
});
