import { DATABASE_SET } from "../../../apps/confluence/names";
import { save, spoiltBackups } from "../../e2e/apps/backups";
import { confluencePods, title } from "../../e2e/apps/confluencePods";
import { eventually } from "../../e2e/cluster/pods";
import { upWith } from "../../e2e/support/changedConfig";
import { docker, environment, expectSuccess, kubectl, make } from "../../e2e/support/harness";
import { Wiki } from "../../e2e/support/wiki";

/** Confluence and its database: a machine that is off, a volume that is lost, a password that is rotated. */
export function confluence(): void {
  const { namespace, publicHost, database, databasePod, text, inNamespace, pod, ready } =
    confluencePods();
  let wiki: Wiki;

  const canary = (seconds: number) => wiki.until(publicHost.name, title, text, seconds);

  beforeAll(async () => {
    wiki = await Wiki.find();
    await wiki.write(publicHost.name, title, text);
  });

  test("the page is there again after the database's machine was off", async () => {
    const { nodeName } = (await pod(databasePod)).spec;
    const machine = `sitewright-${nodeName}`;
    await docker("stop", "--time", "20", machine);
    await expect(wiki.has(publicHost.name, title, text).catch(() => false)).resolves.toBe(false);
    await docker("start", machine);
    const seconds = await canary(300);
    console.log(`the page is back ${seconds.toFixed(1)} s after ${nodeName} was switched on again`);
    await kubectl(["wait", `node/${nodeName}`, "--for=condition=Ready", "--timeout=110s"]);
  });

  describe("backups", () => {
    let name: string;

    beforeAll(async () => {
      name = await save("confluence");
    });

    test("one brings the page back after the database's volume is wiped", async () => {
      await wipe();
      expect(await wiki.has(publicHost.name, title, text).catch(() => false)).toBe(false);
      const restored = await make("restore", { variables: { APP: "confluence", FROM: name } });
      expectSuccess(restored);
      const seconds = await canary(60);
      console.log(/RPO .*/.exec(restored.output)?.[0], `page back after ${seconds.toFixed(1)} s`);
      expect(restored.output).toMatch(/RPO .*RTO /);
    });

    spoiltBackups("confluence", namespace, {
      whole: () => name,
      untouched: async () => {
        expect(await wiki.has(publicHost.name, title, text)).toBe(true);
      },
    });
  });

  test("a password is rotated by the environment: the page stays, the previous password is refused", async () => {
    const previous = await password();
    expect(await logsIn(previous)).toBe(true);
    expect(await logsIn("wrong")).toBe(false);
    try {
      const { passwordGeneration } = database;
      const rotated = await upWith("apps", (configuration) => {
        const { database } = configuration["site:apps"].confluence as {
          database: { passwordGeneration?: number };
        };
        database.passwordGeneration = passwordGeneration + 1;
      });
      expectSuccess(rotated);
      await canary(30);
      const present = await password();
      expect(present).not.toBe(previous);
      expect(await logsIn(present)).toBe(true);
      expect(await logsIn(previous)).toBe(false);
    } finally {
      expectSuccess(await make("up", { variables: { STACK: "apps" } }));
    }
    await canary(30);
    expect(await logsIn(previous)).toBe(false);
  });

  /** The password of Confluence's role, from the Secret. */
  async function password(): Promise<string> {
    const key = "jsonpath={.data.ATL_JDBC_PASSWORD}";
    const name = `sec-${environment}-confluencedb`;
    const encoded = await kubectl(["get", "secret", ...inNamespace, name, "-o", key]);
    return Buffer.from(encoded, "base64").toString();
  }

  /** Whether the database lets Confluence's role in by this password, at the address Adminer uses. */
  async function logsIn(secret: string): Promise<boolean> {
    const script =
      "read -r PGPASSWORD; export PGPASSWORD; exec psql -Xwqtc 'SELECT 1' -h 127.0.0.1 -U confluence confluence";
    const exec = ["exec", "-i", ...inNamespace, databasePod, "-c", "postgres"];
    try {
      await kubectl([...exec, "--", "sh", "-c", script], `${secret}\n`);
      return true;
    } catch (error) {
      expect((error as Error).message).toContain("password authentication failed");
      return false;
    }
  }

  /** Deletes the database's volume with its content; an empty one replaces it, with the same claim as the program's. */
  async function wipe(): Promise<void> {
    const claim = ["persistentvolumeclaim", ...inNamespace, "pvc-confluence-db"];
    const { metadata, spec } = JSON.parse(await kubectl(["get", ...claim, "-o", "json"])) as {
      metadata: { name: string; labels: object; annotations: Record<string, string> };
      spec: Record<string, unknown>;
    };
    // The others tell of the volume that was.
    const annotations = Object.fromEntries(
      Object.entries(metadata.annotations).filter(([key]) => key.startsWith("pulumi.com/")),
    );
    const empty = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: metadata.name, namespace, labels: metadata.labels, annotations },
      spec: { ...spec, volumeName: undefined },
    };
    const scale = (replicas: number) =>
      kubectl(["scale", "statefulset", ...inNamespace, DATABASE_SET, `--replicas=${replicas}`]);
    await scale(0);
    await kubectl(["delete", ...claim, "--timeout=110s"]);
    await kubectl(["create", "-f", "-"], JSON.stringify(empty));
    await scale(1);
    await eventually(["there"], () =>
      pod(databasePod).then(
        () => "there",
        () => "not yet",
      ),
    );
    await ready(databasePod);
  }
}
