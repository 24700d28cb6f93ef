import { engineVariables } from "../../../../operations/engine/engine";
import { checkGivenPassphrase } from "../../../../operations/engine/passphrase";

const lab = {
  vcenter: { server: "", user: "", insecure: false },
  datacenter: "coolcorp",
  labPassphrase: "lab",
};
const real = { vcenter: { server: "", user: "", insecure: false }, datacenter: "coolcorp" };

test.each([
  ["the lab with another passphrase", lab, "other"],
  ["a real site with the lab's public passphrase", real, "lab"],
])("%s is refused", (_, file, given) => {
  expect(() => checkGivenPassphrase("env", file, { PULUMI_CONFIG_PASSPHRASE: given })).toThrow(
    /^The passphrase is missing, or not the one of environment "env"\. Nothing was changed\./,
  );
});

test.each([
  ["the lab with none", lab, {}],
  ["the lab with its own", lab, { PULUMI_CONFIG_PASSPHRASE: "lab" }],
  ["a real site with one of its own", real, { PULUMI_CONFIG_PASSPHRASE: "secret" }],
])("%s is accepted", (_, file, variables) => {
  expect(() => checkGivenPassphrase("env", file, variables)).not.toThrow();
});

test("the environment of a site whose secrets are not set yet can be printed, to set them", () => {
  expect(engineVariables("prd", { PATH: "/bin" })).toMatchObject({ PULUMI_STACK: "prd" });
  expect(engineVariables("prd", { PATH: "/bin" })).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE");
});

test("the lab's authority is for the lab only", () => {
  const variables = { PATH: "/bin", XDG_STATE_HOME: "/state" };
  expect(engineVariables("dev", variables)).toMatchObject({
    SITEWRIGHT_VCENTER_CA: "/state/sitewright/lab/certificates/ca.crt",
  });
  expect(engineVariables("prd", variables)).not.toHaveProperty("SITEWRIGHT_VCENTER_CA");
});

test("the lab's state stays on this machine, whatever the shell points at", () => {
  const variables = { PATH: "/bin", XDG_STATE_HOME: "/state", PULUMI_BACKEND_URL: "s3://bucket" };
  expect(engineVariables("dev", variables).PULUMI_BACKEND_URL).toBe(
    "file:///state/sitewright/pulumi?metadata=skip",
  );
  expect(engineVariables("prd", variables).PULUMI_BACKEND_URL).toBe("s3://bucket");
});
