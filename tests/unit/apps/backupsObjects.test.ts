import * as pulumi from "@pulumi/pulumi";

import { Backup } from "../../../apps/backups/backup";
import { site } from "../environment/site";
import { mockSite, type Registered } from "../mocks";

/** What an application may ask of its backups' tasks. */
const asked = {
  env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "token", key: "token" } } }],
  volumes: [{ name: "certificate", secret: { secretName: "certificate" } }],
  volumeMounts: [{ name: "certificate", mountPath: "/certificate", readOnly: true }],
  egress: [{ to: [{ podSelector: { matchLabels: { app: "consul" } } }], ports: [{ port: 8501 }] }],
  stops: ["deployment/one", "statefulset/two"],
};

/** Every object of an application's backups. */
async function objects(): Promise<Registered[]> {
  const registered = await mockSite({ project: "apps", stack: "dev" });
  const environment = site("dev");
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
    podSecurityContext: { runAsUser: 100, runAsGroup: 1000 },
    save: 'consul snapshot save "$FILE"',
    verify: 'consul snapshot inspect "$FILE"',
    restore: 'consul snapshot restore "$FILE"',
    ...asked,
  });
  await pulumi.runtime.disconnect();
  return registered;
}

test("both tasks of a backup have what the application asks for, and an hour unless it says more", async () => {
  const registered = await objects();
  const named = (name: string) => registered.find((one) => one.name === name)!.inputs;
  for (const task of ["save", "restore"]) {
    const { activeDeadlineSeconds, template } = named(`consul-backup-${task}`)["spec"].jobTemplate
      .spec;
    const [container] = template.spec.containers;
    expect(activeDeadlineSeconds).toBe(3600);
    expect(container.env).toContainEqual(asked.env[0]);
    expect(container.volumeMounts).toContainEqual(asked.volumeMounts[0]);
    expect(template.spec.volumes).toContainEqual(asked.volumes[0]);
  }
  expect(named("consul-backup-policy")["spec"]).toMatchObject({
    ingress: [],
    egress: asked.egress,
  });
  // By this `make restore` knows what to scale down first.
  expect(named("consul-backup-restore")["metadata"].annotations).toEqual({
    "sitewright/restore-stops": "deployment/one,statefulset/two",
  });
});
