import { CERTIFICATE_KEYS } from "../../apps/consul/consulAccess";
import { KV_CERTIFICATES, PORTS, SERVER_LABELS, serverNames } from "../../apps/consul/consulNames";
import { readEnvironmentFile } from "../../environment/file";
import { checkout } from "../../operations/paths";
import { save, spoiltBackups } from "./backups";
import { upWith } from "./changedConfig";
import { docker, environment, expectSuccess, kubectl, make, onMachine } from "./harness";
import { KvReader } from "./kvReader";
import { agnhost, connects, eventually, manifest, REFUSALS } from "./pods";
import type { Series } from "./reads";

const foreign = "e2e-consul";
const caller = "e2e-caller";

interface PodObject {
  metadata: { name: string; uid: string };
  spec: { nodeName: string };
  status: { podIP: string };
}

/** The part of the reads that may need another server than the Service's while a node is away. */
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
  const names = serverNames(spec);
  const reader = new KvReader(spec);

  const servers = async (): Promise<PodObject[]> => {
    const selector = `--selector=app=${SERVER_LABELS.app}`;
    const list = await kubectl(["get", "pods", "--namespace", namespace, selector, "-o", "json"]);
    return (JSON.parse(list) as { items: PodObject[] }).items;
  };
  const peers = (): Promise<string> =>
    reader.consulAs("management", "operator", "raft", "list-peers").catch(String);
  const leader = async (): Promise<PodObject> => {
    const name = /^(\S+) .* leader /m.exec(await peers())?.[1];
    return (await servers()).find(({ metadata }) => metadata.name === name)!;
  };
  /** All servers vote and one of them leads. */
  const whole = async (): Promise<void> => {
    const seen = async (): Promise<string> => {
      const lines = (await peers()).split("\n").filter((line) => / true /.test(line));
      const alive = await reader.consulAs("management", "members").catch(String);
      const members = alive.split("\n").filter((line) => / alive /.test(line));
      return lines.length === names.length && members.length === names.length ? "whole" : "not";
    };
    for (const deadline = Date.now() + 240_000; Date.now() < deadline;) {
      if ((await seen()) === "whole") {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    throw new Error(`servers are missing:\n${await peers()}`);
  };
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
  /**
   * What holds here for servers that go one by one. Not yet what is wanted, no failed read at all: in two of six rolls single
   * connections were refused, six in ten seconds, with good ones between them.
   */
  const hardlyNoticed = ({ reads, failed, longestGap }: Series): void => {
    expect(failed.length).toBeLessThanOrEqual(0.02 * reads);
    expect(longestGap).toBeLessThanOrEqual(3000);
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
    await reader.start((await servers())[0].spec.nodeName);
    await whole();
  });

  afterEach(async () => {
    await whole();
  });

  afterAll(async () => {
    await reader.consulAs("management", "kv", "delete", "-recurse", "e2e/").catch(console.error);
    await reader.stop();
    await kubectl(["delete", "namespace", foreign, "--ignore-not-found", "--timeout=60s"]);
  });

  test("each server is on a node of its own", async () => {
    const nodes = (await servers()).map(({ spec: { nodeName } }) => nodeName);
    expect(nodes).toHaveLength(spec.replicas);
    expect(new Set(nodes).size).toBe(spec.replicas);
  });

  test("who has no token reads nothing, and Traefik's reads its own only", async () => {
    await expect(reader.consulAs("ui.accessor", "kv", "get", "traefik/e2e/canary")).rejects.toThrow(
      /403|ACL not found/,
    );
    await expect(reader.consulAs("traefik.secret", "kv", "get", "anything")).rejects.toThrow(
      /lacks permission/,
    );
    await expect(
      reader.consulAs("traefik.secret", "kv", "put", "traefik/e2e/mine", "x"),
    ).rejects.toThrow(/lacks permission/);
  });

  test("a pod in another namespace reaches no server at any of its ports", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: caller, namespace: foreign },
      spec: {
        terminationGracePeriodSeconds: 1,
        nodeName: (await servers())[0].spec.nodeName,
        containers: [{ name: "agnhost", image: agnhost, args: ["pause"] }],
      },
    };
    const home = { apiVersion: "v1", kind: "Namespace", metadata: { name: foreign } };
    await kubectl(["apply", "-f", "-"], manifest([home, pod]));
    const ready = ["--for=condition=Ready", "--timeout=90s"];
    await kubectl(["wait", "--namespace", foreign, `pod/${caller}`, ...ready]);
    // Out of the pod itself nothing is in the way: this namespace has no policy.
    const dns = "kube-dns.kube-system.svc.cluster.local:53";
    expect(await eventually(["connected"], () => connects(foreign, caller, dns))).toBe("connected");
    for (const { status } of await servers()) {
      for (const port of [PORTS.https, PORTS.rpc, PORTS.gossip, PORTS.dns]) {
        const ask = () => connects(foreign, caller, `${status.podIP}:${port}`);
        expect(REFUSALS).toContain(await eventually(REFUSALS, ask));
      }
    }
    const service = `svc-consul-for-traefik.${namespace}.svc.cluster.local:8500`;
    expect(REFUSALS).toContain(await connects(foreign, caller, service));
  });

  test("the leader's pod is killed: 3 s at most without an answer", async () => {
    const { metadata } = await leader();
    const now = ["--grace-period=0", "--force"];
    const seen = await reader.during(async () => {
      await kubectl(["delete", "pod", "-n", namespace, metadata.name, ...now]);
      await whole();
    });
    report("leader's pod killed", seen);
    expect(seen.longestGap).toBeLessThanOrEqual(3000);
  });

  test("the leader's process is killed: 3 s at most without an answer", async () => {
    const { spec: place } = await leader();
    const kill = `
      for each in /proc/[0-9]*; do
        case "$(tr '\\0' ' ' <"$each/cmdline" 2>/dev/null)" in
          "consul agent "*) kill -9 "\${each#/proc/}" && echo killed ;;
        esac
      done`;
    const seen = await reader.during(async () => {
      expect(await onMachine(place.nodeName, "sh", "-c", kill)).toBe("killed");
      await whole();
    });
    report("leader's process killed", seen);
    expect(seen.longestGap).toBeLessThanOrEqual(3000);
  });

  test("a server's node is stopped and started again: no read fails", async () => {
    const home = (await servers())[0].spec.nodeName;
    const { metadata } = await leader();
    const all = await servers();
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
        await whole();
      });
      report("a server's node stopped", seen);
      expect(seen.failed).toEqual([]);
      // The Service keeps a dead server up to a minute, and sends it one read of three.
      expect(seen.notFirst / seen.reads).toBeLessThanOrEqual(NOT_FIRST);
    } finally {
      await docker("start", `sitewright-${nodeName}`);
      await condition("True");
      await reader.fallBackTo([]);
    }
  });

  test("another certificate: the servers are restarted one by one, and it is hardly noticed", async () => {
    const before = (await servers()).map(({ metadata }) => metadata.uid);
    const seen = await reader.during(async () => {
      expectSuccess(await withHigher("certificateGeneration"));
      await rolledOut();
    });
    report("certificate renewed by a rolling restart", seen);
    hardlyNoticed(seen);
    const after = (await servers()).map(({ metadata }) => metadata.uid);
    expect(after.filter((uid) => before.includes(uid))).toEqual([]);
  });

  test("another gossip key: nothing is restarted, no read fails, and the old key is gone", async () => {
    const before = (await servers()).map(({ metadata }) => metadata.uid);
    const old = await gossipKey();
    const seen = await reader.during(async () => {
      expectSuccess(await withHigher("certificateGeneration", "gossipKeyGeneration"));
    });
    report("gossip key rotated", seen);
    expect(seen.failed).toEqual([]);
    expect((await servers()).map(({ metadata }) => metadata.uid)).toEqual(before);
    const listed = await reader.consulAs("management", "keyring", "-list");
    const key = await gossipKey();
    expect(key).not.toBe(old);
    expect(listed.match(/\S+ \[[0-9]+\/[0-9]+\]/g)).toEqual([
      `${key} [${names.length}/${names.length}]`,
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
    await whole();
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
