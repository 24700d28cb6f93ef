import { z } from "zod";

import { appsContract, credentialsContract } from "../../../environment/contracts";
import { appsOutput } from "./appsOutput";

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
