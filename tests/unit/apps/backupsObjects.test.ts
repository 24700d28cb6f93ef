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
  const registered = await mockSite({
    project: "apps",
    stack: "dev",
    outputs: {
      "tls:index/privateKey:PrivateKey": ({ name }) => ({
        privateKeyPem: `private of ${name}`,
        publicKeyPem: `public of ${name}`,
      }),
    },
  });
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

const named = (registered: Registered[], name: string) =>
  registered.find((one) => one.name === name)!;
interface Container {
  name: string;
  image: string;
  command: string[];
  env: object[];
  volumeMounts: { name: string; mountPath: string }[];
}
/** The containers of a task in their order, and its pod. */
function task(registered: Registered[], which: "save" | "restore") {
  const { activeDeadlineSeconds, template } = named(registered, `consul-backup-${which}`).inputs[
    "spec"
  ].jobTemplate.spec as {
    activeDeadlineSeconds: number;
    template: {
      metadata: { labels: object };
      spec: { initContainers: Container[]; containers: Container[]; volumes: { name: string }[] };
    };
  };
  const { initContainers, containers } = template.spec;
  return { ...template, activeDeadlineSeconds, all: [...initContainers, ...containers] };
}

test("both tasks of a backup have what the application asks for, and an hour unless it says more", async () => {
  const registered = await objects();
  for (const which of ["save", "restore"] as const) {
    const { activeDeadlineSeconds, all, spec } = task(registered, which);
    const container = all.find(({ name }) => name === which)!;
    expect(activeDeadlineSeconds).toBe(3600);
    expect(container.env).toContainEqual(asked.env[0]);
    expect(container.volumeMounts).toContainEqual(asked.volumeMounts[0]);
    expect(spec.volumes).toContainEqual(asked.volumes[0]);
  }
  expect(named(registered, "consul-backup-policy").inputs["spec"]).toMatchObject({
    ingress: [],
    egress: asked.egress,
  });
  // By this `make restore` knows what to scale down first.
  expect(named(registered, "consul-backup-restore").inputs["metadata"].annotations).toEqual({
    "sitewright/restore-stops": "deployment/one,statefulset/two",
  });
});

test("what is not encrypted never has the volume beside it, nor the keys the application", async () => {
  const registered = await objects();
  const [save, restore] = [task(registered, "save"), task(registered, "restore")];
  const seen = ({ all }: ReturnType<typeof task>) =>
    all.map(({ command, image, volumeMounts }) => [
      command.at(-1),
      /consul/.test(image) ? "application" : "encryption",
      ...volumeMounts.map(({ name }) => name).filter((name) => /backups|signing|keys/.test(name)),
    ]);
  expect(seen(save)).toEqual([
    ["/scripts/prepare.sh", "encryption", "backups"],
    ["/scripts/save.sh", "application"],
    ["/scripts/encrypt.sh", "encryption", "backups", "signing"],
  ]);
  expect(seen(restore)).toEqual([
    ["/scripts/decrypt.sh", "encryption", "backups", "keys"],
    ["/scripts/restore.sh", "application"],
  ]);
  const { version } = site("dev").backups;
  expect(save.all[0]?.image).toBe(`docker.io/library/postgres:${version}`);
  // Not larger than what the volume could keep of it.
  expect(save.spec.volumes).toContainEqual({ name: "work", emptyDir: { sizeLimit: "1Gi" } });
  // By this make status finds what the last container says.
  expect(save.metadata.labels).toEqual({ app: "consul-backup", "sitewright/backup": "consul" });
});

test("the key that signs is in a Secret, the one that decrypts in the state alone", async () => {
  const registered = await objects();
  const secret = named(registered, "consul-backup-signing-secret");
  expect(secret.inputs["stringData"]).toEqual({
    "key.pem": "private of consul-backup-signing-key",
  });
  expect(secret.secretInputs).toContain("stringData");
  const { data } = named(registered, "consul-backup-scripts").inputs;
  expect(data).toMatchObject({
    "recipient.pem": "public of consul-backup-key",
    "signer.pem": "public of consul-backup-signing-key",
  });
  const inCluster = registered.filter(({ type }) => type.startsWith("kubernetes:"));
  expect(JSON.stringify(inCluster)).not.toContain("private of consul-backup-key");
});
