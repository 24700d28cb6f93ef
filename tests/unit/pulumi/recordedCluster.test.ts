import {
  formerClusterName,
  isStep,
  machineOfFirstStep,
  standingCluster,
} from "../../../pulumi/recordedCluster";

const urn = (name: string): string => `urn:pulumi:dev::sitewright-cluster::a$b:c:Command::${name}`;
const resource = (name: string, outputs = {}) => ({ urn: urn(name), type: "b:c:Command", outputs });

describe.each(["", "devk8sclu-", "my-prod-"])("names that begin with '%s'", (prefix) => {
  test("a step", () => {
    expect(isStep(urn(`${prefix}leave-node-1`), "leave-node-1")).toBe(true);
    expect(isStep(urn(`${prefix}initialize`), "initialize")).toBe(true);
    expect(isStep(urn(`${prefix}leave-node-1`), "leave-node-11")).toBe(false);
    expect(isStep(urn("cloud-provider-initialized"), "initialize")).toBe(false);
  });

  test("the machine that is prepared", () => {
    expect(machineOfFirstStep(urn(`${prefix}prepare-node-1`))).toBe("node-1");
    expect(machineOfFirstStep(urn(`${prefix}join-node-1`))).toBeUndefined();
  });

  test("the kubeconfig in the step that has printed it", () => {
    const step = resource(`${prefix}initialize`, { stdout: "KUBECONFIG" });
    expect(standingCluster([step])).toEqual({ kubeconfig: "KUBECONFIG" });
  });

  test("the cluster's name", () => {
    const resources = [resource("cluster"), resource(`${prefix}prepare-node-1`)];
    expect(formerClusterName(resources)).toBe(prefix === "" ? undefined : prefix.slice(0, -1));
  });
});
