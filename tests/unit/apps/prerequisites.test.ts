import { checkPrerequisites } from "../../../apps/prerequisites";
import { APPLICATIONS } from "../../../apps/registry";
import { applicationsOf } from "../../../environment/applications/registry";
import { Refusal } from "../../../pulumi/refusal";
import { withApps } from "../../environment";
import { COMMITTED, site } from "../environment/site";

const environment = site("dev");
const { apps } = environment;
const cluster = {
  clusterName: "devk8sclu",
  namespaces: environment.namespaces.map(({ name }) => name),
  storageClasses: environment.storageClasses.map(({ name }) => name),
};

const refusal = (
  there: Partial<typeof cluster>,
  changed: Parameters<typeof checkPrerequisites>[0] = environment,
) => {
  try {
    checkPrerequisites(changed, { ...cluster, ...there });
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return (error as Refusal).message;
  }
  return undefined;
};

test.each(COMMITTED)("a cluster as %s has it is enough", (stack) => {
  const { namespaces, storageClasses } = site(stack);
  const names = (all: { name: string }[]) => all.map(({ name }) => name);
  const there = { namespaces: names(namespaces), storageClasses: names(storageClasses) };
  expect(refusal(there, site(stack))).toBeUndefined();
});

test("all that is missing is named at once, each once, and what to do about it", () => {
  const text = refusal({ namespaces: [apps.consul.namespace], storageClasses: [] });
  const missing = text?.match(/^ {2}- .*$/gm) ?? [];
  expect(missing).toEqual([...new Set(missing)]);
  expect(missing).toEqual(
    expect.arrayContaining([
      `  - namespace ${apps.whoami.namespace}`,
      `  - namespace ${apps.outpost?.namespace}`,
      `  - storage class ${apps.consul.storageClass}`,
      `  - storage class ${apps.confluence.database.storageClass}`,
    ]),
  );
  expect(missing).not.toContain(`  - namespace ${apps.consul.namespace}`);
  expect(text).toContain("The cluster devk8sclu ");
  expect(text).toContain("make up STACK=cluster ENV=dev");
});

test("namespaces the dashboard shows are needed, all of them unless it names some", () => {
  const other = environment.namespaces[0];
  const more = {
    ...environment,
    namespaces: [...environment.namespaces, { ...other, name: "new" }],
  };
  expect(refusal({}, more)).toContain("  - namespace new\n");
  const dashboard = { ...apps.dashboard, namespaces: [apps.whoami.namespace] };
  expect(refusal({}, withApps(more, { dashboard }))).toBeUndefined();
});

test("a volume of a file server needs no storage class", () => {
  const volume = { nfs: { server: "192.168.10.5", path: "/volume1/k8s" }, size: "1Gi" };
  const consul = {
    ...apps.consul,
    storageClass: "other",
    backup: { ...apps.consul.backup, volume },
  };
  const confluence = {
    ...apps.confluence,
    home: volume,
    database: { ...apps.confluence.database, storageClass: "other" },
    backup: { ...apps.confluence.backup, volume },
    homeBackup: { ...apps.confluence.homeBackup!, volume },
  };
  const applications = applicationsOf(APPLICATIONS, { consul, confluence });
  expect(refusal({ storageClasses: ["other"] }, { ...environment, applications })).toBeUndefined();
});
