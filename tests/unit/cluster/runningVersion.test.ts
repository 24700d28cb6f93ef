import { assertVersion } from "../../../cluster/runningVersion";
import { site } from "../environment/site";

const asked = (version: string) => {
  const { stack, kubernetes } = site("prd");
  return { stack, kubernetes: { ...kubernetes, version } };
};

test.each([undefined, "1.27.16"])("with %s recorded, 1.27.16 is right", (kubernetesVersion) => {
  expect(() =>
    assertVersion(asked("1.27.16"), kubernetesVersion === undefined ? {} : { kubernetesVersion }),
  ).not.toThrow();
});

test("an older version is refused with the rule and what is allowed", () => {
  expect(() => assertVersion(asked("1.27.16"), { kubernetesVersion: "1.28.2" })).toThrow(
    "site:kubernetes.version in Pulumi.prd.yaml is 1.27.16, and the cluster runs 1.28.2. Nothing was touched.\n" +
      "Rule: a control plane never goes back to an older version (https://kubernetes.io/releases/version-skew-policy/).\n" +
      "By the rules, allowed are: 1.28.2, a later patch of 1.28, or 1.29.x. This version of the programs upgrades no running cluster, though.\n" +
      "Set kubernetes.version back to 1.28.2.",
  );
});

test("a version two minor versions on is refused with the rule", () => {
  expect(() => assertVersion(asked("1.29.0"), { kubernetesVersion: "1.27.16" })).toThrow(
    /Rule: a control plane skips no minor version [\s\S]*1\.28\.x/,
  );
});

test("a version the rules allow is refused for what these programs cannot do", () => {
  expect(() => assertVersion(asked("1.28.2"), { kubernetesVersion: "1.27.16" })).toThrow(
    /keeps the rules .*, but this version of the programs does not upgrade a running cluster\.\nSet kubernetes\.version back to 1\.27\.16\.$/,
  );
});
