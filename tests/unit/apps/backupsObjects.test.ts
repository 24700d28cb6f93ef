import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";

import { Backup } from "../../../apps/backups/backup";
import { expectGolden } from "../golden";
import { site } from "../environment/site";
import { mockSite, type Registered } from "../mocks";

/** Every object of an application's backups on a site, without the scripts, which have goldens of their own. */
async function objects(stack: "dev" | "prd"): Promise<Registered[]> {
  const registered = await mockSite({ project: "apps", stack });
  const environment = site(stack);
  const { namespace, version, backup } = environment.apps.consul;
  new Backup("consul-backup", {
    app: "consul",
    version,
    site: environment.kubernetes.clusterName,
    environment,
    namespace,
    spec: backup,
    image: `docker.io/hashicorp/consul:${version}`,
    extension: "snap",
    labels: { app: "consul-backup" },
    env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "token", key: "token" } } }],
    volumes: [{ name: "certificate", secret: { secretName: "certificate" } }],
    volumeMounts: [{ name: "certificate", mountPath: "/certificate", readOnly: true }],
    egress: [
      { to: [{ podSelector: { matchLabels: { app: "consul" } } }], ports: [{ port: 8501 }] },
    ],
    podSecurityContext: { runAsUser: 100, runAsGroup: 1000 },
    save: 'consul snapshot save "$FILE"',
    verify: 'consul snapshot inspect "$FILE"',
    restore: 'consul snapshot restore "$FILE"',
    stops: ["deployment/one", "statefulset/two"],
  });
  await pulumi.runtime.disconnect();
  return registered.filter(({ type }) => type.startsWith("kubernetes:"));
}

test.each(["dev", "prd"] as const)("the objects of %s", async (stack) => {
  const registered = (await objects(stack)).map(({ type, name, inputs }) => ({
    name,
    type,
    ...(type.endsWith(":ConfigMap") ? { ...inputs, data: Object.keys(inputs["data"]) } : inputs),
  }));
  registered.sort((a, b) => (a.name < b.name ? -1 : 1));
  expectGolden(`backup-${stack}.yaml`, stringify(registered));
});
