import {
  dashboardAccess,
  invitation,
  tokenRequest,
} from "../../../../operations/commands/dashboard";

const access = {
  namespace: "devsyslan",
  serviceAccount: "dashboard-reader",
  url: "https://dashboard.inf.dev.k8s.coolcorp.test/",
  tokenSeconds: 3600,
};

test.each([undefined, {}, { apps: {} }])("outputs %j have no dashboard: make up", (outputs) => {
  expect(() => dashboardAccess("dev", outputs)).toThrow(
    "There is no dashboard: the stack apps is not up, or its environment has no apps.dashboard.\n" +
      "  where: stack dev of project apps\n  next:  make up ENV=dev",
  );
});

test("the operator is told where, how long and as whom", () => {
  const text = invitation(dashboardAccess("dev", { apps: { dashboard: access } }));
  expect(text).toContain("Open https://dashboard.inf.dev.k8s.coolcorp.test/");
  expect(text).toContain("within 60 minutes");
  expect(text).toContain("dashboard-reader in devsyslan");
});

test("the token is asked for as long as the site says", () => {
  expect(tokenRequest(access).join(" ")).toBe(
    "create token dashboard-reader --namespace=devsyslan --duration=3600s",
  );
});
