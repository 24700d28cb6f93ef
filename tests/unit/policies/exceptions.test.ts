import { evaluate } from "../../../policies/evaluate";
import { type Exception, exceptions } from "../../../policies/exceptions";
import { policies } from "../../../policies/policies";
import { productionOf } from "../../../policies/production";
import { DEPLOYMENT, deployment, made, podSpec } from "./made";

const agent = made(DEPLOYMENT, deployment(podSpec({}, { hostNetwork: true, hostPID: true })), {
  name: "agent",
});
const found = (exception: Omit<Exception, "policy" | "reason">) =>
  evaluate(
    [agent],
    policies.filter(({ name }) => name === "privileges"),
    [{ policy: "privileges", reason: "a test", ...exception }],
  ).length;

test("an exception covers the parts that it names, of the resource that it names", () => {
  expect(found({ resource: "agent", about: ["hostNetwork"] })).toBe(1);
  expect(found({ resource: /^age/, about: ["hostNetwork", "hostPID"] })).toBe(0);
  expect(found({ resource: "agent" })).toBe(0);
  expect(found({ resource: "other" })).toBe(2);
});

test("an exception for another policy covers nothing", () => {
  const other: Exception = { policy: "non-root", resource: "agent", reason: "a test" };
  const chosen = policies.filter(({ name }) => name === "privileges");
  expect(evaluate([agent], chosen, [other])).toHaveLength(2);
});

test("every exception names a policy that there is, and a reason", () => {
  const names = policies.map(({ name }) => name);
  expect(
    exceptions.filter(({ policy, reason }) => !names.includes(policy) || reason === ""),
  ).toEqual([]);
});

test.each([
  ["prd", true],
  ["dev", false],
  ["nowhere", true],
])(
  "what the file of %s says of protection counts; without a file there is protection",
  (stack, is) => {
    const { isProduction, retainingClasses } = productionOf({
      urn: `urn:pulumi:${stack}::x::y::z`,
    });
    expect(isProduction).toBe(is);
    expect([...retainingClasses].sort()).toEqual(
      stack === "prd" ? ["vsphere-dts-nfs-retain", "vsphere-dts-ssd-retain"] : expect.anything(),
    );
  },
);
