import * as pulumi from "@pulumi/pulumi";

import { DependentsGuard } from "../../../pulumi/dependentsGuard";
import { mockSite } from "../mocks";

test("the guard does nothing but refuse on delete", async () => {
  const registered = await mockSite({ project: "infra", stack: "dev" });
  new DependentsGuard("dependents", { downstream: "cluster", protects: [] });
  await pulumi.runtime.disconnect();
  const guard = registered.find(({ type }) => type === "command:local:Command");
  expect(guard?.name).toBe("dependents-check");
  expect(guard?.inputs).toEqual({
    delete: "node ../operations/guard.js cluster dev",
    logging: "none",
    addPreviousOutputInEnv: false,
  });
});
