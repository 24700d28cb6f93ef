import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { type Life, sideBySide } from "../parts";
import { environment, kubectl, onMachine } from "../support/harness";
import { eventually, manifest, mountingPod, smallClaim } from "./pods";

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
const LABELS = { app: "e2e-storage" };
/** Group that may write to the volume. The pods' user owns nothing there. */
const GROUP = 2000;
/** File in a volume, and what agnhost's mounttest writes into it. */
const CANARY = "canary";
const WRITTEN = "mount-tester new file";

interface Volume {
  spec: {
    local: { path: string };
    nodeAffinity: {
      required: { nodeSelectorTerms: { matchExpressions: { values: string[] }[] }[] };
    };
  };
}

/** Where a claim's volume lies. */
interface Place {
  volume: string;
  node: string;
  path: string;
}

export function storage(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const { storageClasses } = site;
  const { whoami, outpost } = site.apps;
  const cases = [
    ...storageClasses.map((storageClass) => ({ storageClass, namespace: whoami.namespace })),
    // On a tainted node, in a zone of its own.
    { storageClass: storageClasses[0], namespace: outpost!.namespace },
  ].map((one) => ({ ...one, name: one.storageClass.name }));

  afterAll(async () => {
    for (const { namespace } of cases) {
      for (const kind of ["pod", "pvc"]) {
        const mine = ["--namespace", namespace, `--selector=app=${LABELS.app}`];
        await kubectl(["delete", kind, ...mine, "--ignore-not-found", "--timeout=60s"]);
      }
    }
  });

  test("the classes are those of the environment, one of them the default", async () => {
    const { items } = JSON.parse(await kubectl(["get", "storageclass", "-o", "json"])) as {
      items: { metadata: { name: string; annotations: Record<string, string> } }[];
    };
    const names = items.map(({ metadata }) => metadata.name);
    expect(names.sort()).toEqual(storageClasses.map(({ name }) => name).sort());
    const defaults = items
      .filter(({ metadata }) => metadata.annotations[DEFAULT_CLASS] === "true")
      .map(({ metadata }) => metadata.name);
    expect(defaults).toEqual(storageClasses.filter((one) => one.default).map(({ name }) => name));
    expect(defaults).toHaveLength(1);
  });

  sideBySide(cases.map(claimLife));

  test("nothing is left of the pods that make and remove folders", async () => {
    const helpers = () =>
      kubectl([
        ...["get", "pods", "--namespace", "local-path-storage", "-o", "name"],
        "--selector=app!=local-path-provisioner",
      ]);
    expect(await eventually([""], helpers)).toBe("");
  });

  /** The life of a claim and its volume. */
  function claimLife({ storageClass, namespace }: (typeof cases)[number]): Life {
    const name = `e2e-${storageClass.name}`;
    const claim = new Claim(name, namespace);
    let place: Place;

    const waits = async (): Promise<void> => {
      await kubectl(["apply", "-f", "-"], manifest([claim.object(storageClass.name)]));
      // With this event the API says that it does not ask for a volume yet.
      const reason = "WaitForFirstConsumer";
      expect(await eventually([reason], () => claim.event(reason))).toBe(reason);
      expect(await claim.get(".status.phase")).toBe("Pending");
    };

    const isBound = async (): Promise<void> => {
      await start();
      expect(await claim.get(".status.phase")).toBe("Bound");
      place = await placeOf(await claim.get(".spec.volumeName"));
      expect(await podGet(".spec.nodeName")).toBe(place.node);
      const mode = await onMachine(place.node, "stat", "--format=%g %a", place.path);
      expect(mode).toBe(`${GROUP} 2770`);
    };

    const keeps = async (): Promise<void> => {
      await mounttest(`--new_file_0660=/volume/${CANARY}`);
      expect(await onMachine(place.node, "cat", `${place.path}/${CANARY}`)).toBe(WRITTEN);
      const before = await podGet(".metadata.uid");
      await kubectl(["delete", "pod", name, "--namespace", namespace, "--timeout=60s"]);
      await start();
      expect(await podGet(".metadata.uid")).not.toBe(before);
      expect(await mounttest(`--file_content=/volume/${CANARY}`)).toContain(WRITTEN);
    };

    const ends = async (): Promise<void> => {
      await end();
      await kubectl(["wait", `pv/${place.volume}`, "--for=delete", "--timeout=90s"]);
      expect(await folder(place)).toBe("");
    };

    const leaves = async (): Promise<void> => {
      await end();
      const released = "--for=jsonpath={.status.phase}=Released";
      await kubectl(["wait", `pv/${place.volume}`, released, "--timeout=90s"]);
      expect(await onMachine(place.node, "cat", `${place.path}/${CANARY}`)).toBe(WRITTEN);
      await kubectl(["delete", "pv", place.volume, "--timeout=60s"]);
      expect(await folder(place)).toBe(place.path);
      await onMachine(place.node, "rm", "-r", place.path);
    };

    /** Starts a pod with the volume, and waits until it runs. */
    async function start(): Promise<void> {
      const pod = mountingPod(site, { name, namespace, labels: LABELS, group: GROUP });
      await kubectl(["apply", "-f", "-"], manifest([pod]));
      const ready = ["--for=condition=Ready", "--timeout=110s"];
      await kubectl(["wait", `pod/${name}`, "--namespace", namespace, ...ready]);
    }

    async function end(): Promise<void> {
      for (const kind of ["pod", "pvc"]) {
        await kubectl(["delete", kind, name, "--namespace", namespace, "--timeout=60s"]);
      }
    }

    const mounttest = (flag: string): Promise<string> =>
      kubectl(["exec", "--namespace", namespace, name, "--", "/agnhost", "mounttest", flag]);

    const podGet = (path: string): Promise<string> =>
      kubectl(["get", "pod", name, "--namespace", namespace, "-o", `jsonpath={${path}}`]);

    return {
      name: `a claim of ${storageClass.name} in ${namespace}`,
      steps: [
        ["waits for its first pod", waits],
        ["is bound to a folder on the node of that pod, which is its group's", isBound],
        ["keeps for the pod's successor what the pod has written", keeps],
        storageClass.reclaimPolicy === "Delete"
          ? ["ends with all it holds when it is deleted", ends]
          : ["leaves what it holds to an administrator when it is deleted", leaves],
      ],
    };
  }
}

/** A claim of a few bytes. */
class Claim {
  constructor(
    private readonly name: string,
    private readonly namespace: string,
  ) {}

  object(storageClassName: string): object {
    const { name, namespace } = this;
    return smallClaim({ name, namespace, labels: LABELS, storageClassName });
  }

  get(path: string): Promise<string> {
    const of = ["get", "pvc", this.name, "--namespace", this.namespace];
    return kubectl([...of, "-o", `jsonpath={${path}}`]);
  }

  /** The reason, if there is an event of it with that reason; nothing as long as there is none. */
  async event(reason: string): Promise<string> {
    const selector = `--field-selector=involvedObject.name=${this.name},reason=${reason}`;
    const of = ["get", "events", "--namespace", this.namespace, selector];
    const reasons = await kubectl([...of, "-o", "jsonpath={.items[*].reason}"]);
    return reasons.split(" ")[0];
  }
}

async function placeOf(volume: string): Promise<Place> {
  const text = await kubectl(["get", "pv", volume, "-o", "json"]);
  const { local, nodeAffinity } = (JSON.parse(text) as Volume).spec;
  const [term] = nodeAffinity.required.nodeSelectorTerms;
  return { volume, node: term.matchExpressions[0].values[0], path: local.path };
}

/** The path of a volume's folder; nothing where it is gone. */
function folder({ node, path }: Place): Promise<string> {
  return onMachine(node, "sh", "-c", `ls -d '${path}' 2>/dev/null || true`);
}
