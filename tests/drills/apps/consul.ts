import { CERTIFICATE_KEYS } from "../../../apps/consul/acl";
import { KV_CERTIFICATES } from "../../../apps/consul/consulNames";
import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { save, spoiltBackups } from "../../e2e/apps/backups";
import { ConsulServers } from "../../e2e/apps/consulServers";
import type { Series } from "../../e2e/apps/reads";
import { upWith } from "../../e2e/support/changedConfig";
import {
  docker,
  environment,
  expectSuccess,
  kubectl,
  make,
  onMachine,
} from "../../e2e/support/harness";
import { KvReader } from "../../e2e/support/kvReader";

/** The share of the reads that may need another server than the Service's while a node is away. */
const NOT_FIRST = 0.6;

/** What a rise of a number of the configuration is for. */
type Generation = "certificateGeneration" | "gossipKeyGeneration";

/**
 * Consul under load: one read each 100 ms while servers are killed, stopped, restarted, renewed and restored. That reads
 * succeed proves a majority: the leader answers them, and only while it has one behind it.
 */
export function consul(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const { consul: spec } = site.apps;
  const { namespace } = spec;
  const reader = new KvReader(spec);
  const servers = new ConsulServers(spec, reader);

  const rolledOut = (): Promise<string> =>
    rollout("status", "--timeout=110s").catch(() => rollout("status", "--timeout=110s"));
  const rollout = (command: string, ...options: string[]): Promise<string> =>
    kubectl(["rollout", command, "-n", namespace, "statefulset/consul", ...options]);
  const report = (what: string, { reads, failed, notFirst, longestGap }: Series): void => {
    console.log(
      `consul, ${what}: ${reads} reads, ${failed.length} failed, ${notFirst} not answered by the Service, ` +
        `longest time without an answer ${longestGap} ms`,
    );
  };
  const withHigher = (...generations: Generation[]) =>
    upWith("apps", (configuration) => {
      const changed = configuration["site:apps"].consul as Partial<Record<Generation, number>>;
      generations.forEach((generation) => (changed[generation] = spec[generation] + 1));
    });
  const gossipKey = async (): Promise<string> => {
    const path = "jsonpath={.data.key}";
    const encoded = await kubectl(["get", "secret", "-n", namespace, "consul-gossip", "-o", path]);
    return Buffer.from(encoded, "base64").toString();
  };

  /** What is to stand in the KV store. */
  const configured = async (file: string): Promise<string> => {
    const path = `jsonpath={.data.${file.replace(".", "\\.")}}`;
    const name = ["secret", "-n", namespace, KV_CERTIFICATES];
    return Buffer.from(await kubectl(["get", ...name, "-o", path]), "base64")
      .toString()
      .trim();
  };

  beforeAll(async () => {
    await reader.start((await servers.pods())[0].spec.nodeName);
    await servers.whole();
  });

  afterEach(async () => {
    await servers.whole();
  });

  afterAll(async () => {
    await reader.consulAs("management", "kv", "delete", "-recurse", "e2e/").catch(console.error);
    await reader.stop();
  });

  test("the leader's pod is killed: 3 s at most without an answer", async () => {
    const { metadata } = await servers.leader();
    const now = ["--grace-period=0", "--force"];
    const seen = await reader.during(async () => {
      await kubectl(["delete", "pod", "-n", namespace, metadata.name, ...now]);
      await servers.whole();
    });
    report("leader's pod killed", seen);
    expect(seen.longestGap).toBeLessThanOrEqual(3000);
  });

  test("the leader's process is killed: 3 s at most without an answer", async () => {
    const { spec: place } = await servers.leader();
    const kill = `
      for each in /proc/[0-9]*; do
        case "$(tr '\\0' ' ' <"$each/cmdline" 2>/dev/null)" in
          "consul agent "*) kill -9 "\${each#/proc/}" && echo killed ;;
        esac
      done`;
    const seen = await reader.during(async () => {
      expect(await onMachine(place.nodeName, "sh", "-c", kill)).toBe("killed");
      await servers.whole();
    });
    report("leader's process killed", seen);
    expect(seen.longestGap).toBeLessThanOrEqual(3000);
  });

  test("a server's node is stopped and started again: no read fails", async () => {
    const home = (await servers.pods())[0].spec.nodeName;
    const { metadata } = await servers.leader();
    const all = await servers.pods();
    const victim = all.find(
      (one) => one.metadata.name !== metadata.name && one.spec.nodeName !== home,
    )!;
    await reader.fallBackTo(all.filter((one) => one !== victim).map(({ status }) => status.podIP));
    const { nodeName } = victim.spec;
    const condition = (state: string) =>
      kubectl(["wait", `node/${nodeName}`, `--for=condition=Ready=${state}`, "--timeout=115s"]);
    try {
      const seen = await reader.during(async () => {
        await docker("stop", `sitewright-${nodeName}`);
        await condition("Unknown");
        await docker("start", `sitewright-${nodeName}`);
        await condition("True");
        await servers.whole();
      });
      report("a server's node stopped", seen);
      expect(seen.failed).toEqual([]);
      // Until its node is given up the Service keeps a dead server, and sends it one read of three.
      expect(seen.notFirst / seen.reads).toBeLessThanOrEqual(NOT_FIRST);
    } finally {
      await docker("start", `sitewright-${nodeName}`);
      await condition("True");
      await reader.fallBackTo([]);
    }
  });

  test("another certificate: the servers are restarted one by one, and no read fails", async () => {
    const before = (await servers.pods()).map(({ metadata }) => metadata.uid);
    const seen = await reader.during(async () => {
      expectSuccess(await withHigher("certificateGeneration"));
      await rolledOut();
    });
    report("certificate renewed by a rolling restart", seen);
    expect(seen.failed).toEqual([]);
    const after = (await servers.pods()).map(({ metadata }) => metadata.uid);
    expect(after.filter((uid) => before.includes(uid))).toEqual([]);
  });

  test("another gossip key: nothing is restarted, no read fails, and the old key is gone", async () => {
    const before = (await servers.pods()).map(({ metadata }) => metadata.uid);
    const old = await gossipKey();
    const seen = await reader.during(async () => {
      expectSuccess(await withHigher("certificateGeneration", "gossipKeyGeneration"));
    });
    report("gossip key rotated", seen);
    expect(seen.failed).toEqual([]);
    expect((await servers.pods()).map(({ metadata }) => metadata.uid)).toEqual(before);
    const listed = await reader.consulAs("management", "keyring", "-list");
    const key = await gossipKey();
    expect(key).not.toBe(old);
    expect(listed.match(/\S+ \[[0-9]+\/[0-9]+\]/g)).toEqual([
      `${key} [${servers.names.length}/${servers.names.length}]`,
    ]);
    await expect(reader.consulAs("management", "keyring", `-use=${old}`)).rejects.toThrow();
  });

  test("all servers and their volumes are lost: an update makes them, a backup brings the keys back", async () => {
    const canaries = ["e2e/canary/1", "traefik/e2e/canary"];
    await reader.consulAs("management", "kv", "put", canaries[0], "alive");
    // The backup has another certificate than the configured one; until then Traefik serves its copy.
    const [certFile, keyFile] = ["certFile", "keyFile"].map((key) => `${CERTIFICATE_KEYS}0/${key}`);
    await reader.consulAs("management", "kv", "put", certFile, "of another time");
    const name = await save("consul");
    await reader.consulAs("management", "kv", "put", "e2e/late", "not in the backup");

    const lost = Date.now();
    // The volumes go with it. The committed configuration has another certificate and another gossip key than the lost servers.
    await kubectl(["delete", "-n", namespace, "statefulset/consul", "--timeout=100s"]);
    expectSuccess(await upWith("apps", () => undefined, ["--refresh"]));
    await servers.whole();
    await expect(reader.consulAs("management", "kv", "get", canaries[0])).rejects.toThrow(
      /No key exists/,
    );

    const restored = await make("restore", { variables: { APP: "consul", FROM: name } });
    expectSuccess(restored);
    for (const canary of canaries) {
      expect((await reader.consulAs("management", "kv", "get", canary)).trim()).toBe("alive");
    }
    await expect(reader.consulAs("management", "kv", "get", "e2e/late")).rejects.toThrow();
    expect((await reader.consulAs("management", "kv", "get", certFile)).trim()).toBe(
      await configured("0.chain"),
    );
    // Compared first: a key that differs is not to be printed.
    const storedKey = (await reader.consulAs("management", "kv", "get", keyFile)).trim();
    expect(storedKey === (await configured("0.key"))).toBe(true);
    // Traefik's token is good again too, and the catalog knows the new servers.
    expect((await reader.consulAs("traefik.secret", "kv", "get", canaries[1])).trim()).toBe(
      "alive",
    );
    console.log(
      `consul restored ${((Date.now() - lost) / 1000).toFixed(0)} s after the first server was lost; ` +
        `make restore: ${/RPO.*/.exec(restored.output)?.[0]}`,
    );
    expect(restored.output).toMatch(/RPO .*RTO /);
  });

  const late = "e2e/after-the-backup";
  spoiltBackups("consul", namespace, {
    whole: async () => {
      const name = await save("consul");
      await reader.consulAs("management", "kv", "put", late, "alive");
      return name;
    },
    untouched: async () => {
      expect((await reader.consulAs("management", "kv", "get", late)).trim()).toBe("alive");
    },
  });
}
