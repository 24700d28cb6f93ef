import { SERVER_LABELS, serverNames } from "../../../apps/consul/consulNames";
import type { ConsulSettings } from "../../../apps/consul/settings";
import { eventually } from "../cluster/pods";
import { kubectl } from "../support/harness";
import type { KvReader } from "../support/kvReader";

/** How long servers that were stopped, restarted or replaced may take to form one cluster again, asked each second. */
const WHOLE = { seconds: 240, interval: 1000 };

/** A server's pod. */
export interface ServerPod {
  metadata: { name: string; uid: string };
  spec: { nodeName: string };
  status: { podIP: string };
}

/** Consul's servers as Kubernetes and as they themselves see them. */
export class ConsulServers {
  readonly names: readonly string[];

  /** @param reader - Asks the servers. */
  constructor(
    private readonly spec: ConsulSettings,
    private readonly reader: KvReader,
  ) {
    this.names = serverNames(spec);
  }

  async pods(): Promise<ServerPod[]> {
    const selector = `--selector=app=${SERVER_LABELS.app}`;
    const { namespace } = this.spec;
    const list = await kubectl(["get", "pods", "--namespace", namespace, selector, "-o", "json"]);
    return (JSON.parse(list) as { items: ServerPod[] }).items;
  }

  async leader(): Promise<ServerPod> {
    const name = /^(\S+) .* leader /m.exec(await this.peers())?.[1];
    return (await this.pods()).find(({ metadata }) => metadata.name === name)!;
  }

  /** Waits until all servers vote, all are alive, and one of them leads. */
  async whole(): Promise<void> {
    const seen = async (): Promise<string> => {
      const peers = await this.peers();
      const members = await this.reader.consulAs("management", "members").catch(String);
      const count = (text: string, word: RegExp): number =>
        text.split("\n").filter((line) => word.test(line)).length;
      const { length } = this.names;
      return count(peers, / true /) === length &&
        count(peers, / leader /) === 1 &&
        count(members, / alive /) === length
        ? "whole"
        : `servers are missing:\n${peers}\n${members}`;
    };
    expect(await eventually(["whole"], seen, WHOLE)).toBe("whole");
  }

  private peers(): Promise<string> {
    return this.reader.consulAs("management", "operator", "raft", "list-peers").catch(String);
  }
}
