import { z } from "zod";

import { appsContract, credentialsContract, infraContract } from "../../../environment/contracts";
import { infraOutput } from "../../../environment/infraOutput";
import { vmIdOf } from "../vmId";
import { appsOutput } from "./appsOutput";
import { site } from "./site";

test.each([
  ["a URL without what it answers", { urls: [{ ...appsOutput.urls[0], answers: [] }] }, "answers"],
  [
    "a fingerprint with colons",
    { urls: [{ ...appsOutput.urls[0], certificateSha256: "AA:BB" }] },
    "64 hexadecimal digits",
  ],
  [
    "backups without a limit of age",
    { backups: [{ app: "a", namespace: "b" }] },
    "maximumAgeHours",
  ],
  ["a dashboard without its account", { dashboard: { namespace: "a" } }, "serviceAccount"],
])("%s is not what apps promises", (_, change, reason) => {
  const result = appsContract.safeParse({ ...appsOutput, ...change });
  expect(z.prettifyError(result.error as z.ZodError)).toContain(reason);
});

test("a token has no user, and nothing has no secret", () => {
  const token = { name: "Consul's UI", secret: "abc" };
  expect(credentialsContract.parse([token, { ...token, user: "operator" }])).toHaveLength(2);
  expect(credentialsContract.safeParse([{ ...token, secret: "" }]).success).toBe(false);
});

test("a held machine is in infra's output as it was made, and not among the nodes", () => {
  const environment = site("dev");
  const made = ({ name, zone, address }: { name: string; zone: string; address: string }) => ({
    name,
    zone,
    address,
    hostKey: `ssh-ed25519 ${name}`,
    vmId: vmIdOf(name),
  });
  const [first, ...rest] = environment.nodes;
  const readdressed = { ...made({ ...first!, address: "172.30.10.99" }), role: first!.role };
  const gone = { ...made({ ...first!, name: "devk8swok599" }), role: "worker" as const };
  const output = infraContract.parse(infraOutput(environment, made, [readdressed, gone]));
  expect(output.held).toEqual([readdressed, gone]);
  expect(output.nodes.map(({ name }) => name)).toEqual(rest.map(({ name }) => name));
});
