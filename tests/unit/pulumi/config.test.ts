import * as pulumi from "@pulumi/pulumi";

import { APPLICATIONS } from "../../../apps/registry";
import { readEnvironment, vspherePassword } from "../../../pulumi/config";
import { passwords, rawSite, site } from "../environment/site";
import { mockSite, valueOf } from "../mocks";

/** The configuration of an environment as the engine hands it to a program. */
function configOf(stack: "dev" | "prd"): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(rawSite(stack)).map(([key, value]) => [`site:${key}`, value]),
  );
}

test("both readers give the same environment", async () => {
  await mockSite({
    project: "infra",
    stack: "prd",
    config: { ...configOf("prd"), ...passwords, "lab:passphrase": "y" },
  });
  expect(readEnvironment(APPLICATIONS)).toEqual(site("prd"));
});

test("faults end the program with one text that names the file, a missing password among them", async () => {
  await mockSite({
    project: "infra",
    stack: "dev",
    config: { ...configOf("dev"), "site:domain": "Not A Domain" },
  });
  expect(() => readEnvironment(APPLICATIONS)).toThrow(pulumi.RunError);
  expect(() => readEnvironment(APPLICATIONS)).toThrow(
    /^Pulumi\.dev\.yaml has 3 faults[\s\S]*1\. domain = "Not A Domain"[\s\S]*2\. vsphere:password = \(missing\)[\s\S]*pulumi config set --stack dev --secret vsphere:password[\s\S]*3\. cluster:cloudProviderPassword/,
  );
});

test("the password is a secret", async () => {
  await mockSite({ project: "infra", stack: "dev", config: { "vsphere:password": "pass" } });
  const password = vspherePassword();
  expect(await pulumi.isSecret(password)).toBe(true);
  expect(await valueOf(password)).toBe("pass");
});
