import { HOME_BACKUP } from "../../../apps/confluence/settings";
import { hardenedContainer } from "../../../kubernetes/restricted";
import { quote } from "../../../lib/bash";
import { checkout } from "../../../lib/paths";
import { readEnvironmentFile } from "../../environment";
import { manifest } from "../cluster/pods";
import { environment, expectSuccess, kubectl, make } from "../support/harness";

/** The part of a task's pod that the pod below has in common with it. */
interface TaskPod {
  nodeSelector?: object;
  tolerations?: object[];
  securityContext: object;
  initContainers: { volumeMounts: { name: string }[] }[];
  containers: { image: string; volumeMounts: { name: string }[] }[];
  volumes: { name: string }[];
}

/** A manifest of older programs, of another site. */
const FOREIGN = JSON.stringify(
  { format: "sitewright-backup-1", site: "elsewhere", app: "APP", bytes: "1", sha256: "0" },
  null,
  2,
);

/** How a whole backup ($1) becomes one ($2) that must be refused, and what is said of it. */
const SPOILT = [
  {
    what: "truncated",
    day: "20200101",
    reason: /is truncated/,
    ending: ".enc",
    spoil: 'head -c $(($(stat -c %s "$1") / 2)) "$1" >"$2"; cat "$1.manifest" >"$2.manifest"',
  },
  {
    what: "of another site",
    day: "20200102",
    reason: /its manifest was changed, or tasks with other keys have made it/,
    ending: ".enc",
    spoil:
      'cat "$1" >"$2"; sed \'s/^  "site": .*/  "site": "elsewhere",/\' "$1.manifest" >"$2.manifest"',
  },
  {
    what: "of another site, made by older programs",
    day: "20200103",
    reason: /is a backup of site elsewhere/,
    ending: "",
    spoil: `printf x >"$2"; printf '%s\\n' ${quote(FOREIGN)} | sed "s/APP/$3/" >"$2.json"`,
  },
];

/** Saves an application and returns the backup's name. */
export async function save(app: string): Promise<string> {
  const saved = await make("backup", { variables: { APP: app } });
  expectSuccess(saved);
  const name = new RegExp(`^${app}-\\d{8}T\\d{6}Z\\.[a-z]+\\.enc$`, "m").exec(saved.output)?.[0];
  if (name === undefined) {
    throw new Error(`make backup has not named what it made:\n${saved.output}`);
  }
  return name;
}

/**
 * Tests that backups which are truncated, or of another site, are refused and nothing is lost.
 *
 * @param whole Name of a whole backup, asked for when the tests begin.
 * @param untouched Fails when the application has lost anything.
 */
export function spoiltBackups(
  app: string,
  namespace: string,
  { whole, untouched }: { whole: () => string | Promise<string>; untouched: () => Promise<void> },
): void {
  describe("spoilt backups", () => {
    const names: Record<string, string> = {};

    beforeAll(async () => {
      const name = await whole();
      const extension = /\.[a-z]+(?=\.enc$)/.exec(name)?.[0];
      const commands = SPOILT.map(({ what, day, ending, spoil }) => {
        names[what] = `${app}-${day}T000000Z${extension}${ending}`;
        return `set -- ${name} ${names[what]} ${app}; ${spoil}`;
      });
      await onBackups(app, namespace, ["umask 077", ...commands].join("\n"));
    });
    afterAll(async () => {
      const files = Object.values(names).map((name) => `${name} ${name}.json ${name}.manifest`);
      await onBackups(app, namespace, `rm -f -- ${files.join(" ")}`);
    });

    test.each(SPOILT)("one that is $what is refused, and nothing is lost", async (spoilt) => {
      const variables = { APP: app, FROM: names[spoilt.what] };
      const refused = await make("restore", { variables });
      expect(refused.exitCode).not.toBe(0);
      expect(refused.output).toMatch(spoilt.reason);
      await untouched();
    });
  });
}

/** Runs a script in the folder of the backups, as `onVolume` does. */
export function onBackups(app: string, namespace: string, script: string): Promise<string> {
  return onVolume("backups", { app, namespace }, script);
}

/** The same in Confluence's home. */
export function inHome(script: string): Promise<string> {
  const { namespace } = readEnvironmentFile(environment, { directory: checkout }).apps.confluence;
  return onVolume("home", { app: HOME_BACKUP, namespace }, script);
}

/**
 * Runs a script in the folder of a volume that the tasks of an application mount, in a pod that is like a task's, and removes the pod:
 * quotas have no room for one that stays. Returns what it printed.
 */
async function onVolume(
  volume: "backups" | "home",
  { app, namespace }: { app: string; namespace: string },
  script: string,
): Promise<string> {
  const inNamespace = ["--namespace", namespace];
  const pod = `e2e-keeper-${app}`;
  const path = "jsonpath={.spec.jobTemplate.spec.template.spec}";
  const template = ["get", "cronjob", ...inNamespace, `backup-${app}`, "-o", path];
  const task = JSON.parse(await kubectl(template)) as TaskPod;
  const isAsked = ({ name }: { name: string }): boolean => name === volume;
  const [{ image }] = task.containers;
  const mount = [...task.initContainers, ...task.containers]
    .flatMap(({ volumeMounts }) => volumeMounts)
    .find(isAsked);
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: pod, namespace },
    spec: {
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      nodeSelector: task.nodeSelector,
      tolerations: task.tolerations,
      // The tasks' user: no other user can read what they write.
      securityContext: task.securityContext,
      containers: [
        {
          ...{ name: "keeper", image, command: ["sleep", "3600"] },
          securityContext: hardenedContainer,
          volumeMounts: [{ ...mount, mountPath: "/volume" }],
        },
      ],
      volumes: task.volumes.filter(isAsked),
    },
  };
  await kubectl(["apply", "-f", "-"], manifest([object]));
  try {
    const ready = ["--for=condition=Ready", "--timeout=110s"];
    await kubectl(["wait", ...inNamespace, `pod/${pod}`, ...ready]);
    const command = ["sh", "-c", `set -eu; cd /volume\n${script}`];
    return await kubectl(["exec", ...inNamespace, pod, "--", ...command]);
  } finally {
    await kubectl(["delete", "pod", ...inNamespace, pod, "--ignore-not-found"]);
  }
}
