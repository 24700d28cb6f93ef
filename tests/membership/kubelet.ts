import { stringify } from "yaml";

import type { Cluster, Infra } from "../../environment/contracts";
import { onMachine, outputs } from "../e2e/support/harness";
import { get } from "../e2e/support/request";

/** Speaks to the API as the kubelet of a machine does, with its certificate; the machine may be gone since. */
export class KubeletOf {
  private constructor(
    private readonly name: string,
    /** Certificate and key, PEM. */
    private readonly credentials: string,
  ) {}

  /** Takes the credentials of a machine that is there. */
  static async machine(name: string): Promise<KubeletOf> {
    const path = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    return new KubeletOf(name, await onMachine(name, "cat", path));
  }

  /** Asks for a Node of its name, as it does when it starts; what the API says. */
  async register(): Promise<string> {
    const { api } = await outputs<Infra>("infra", "infra");
    const { caCertificate: ca } = await outputs<Cluster>("cluster", "cluster");
    const { body } = await get(
      {
        ...{ host: api.name, path: "/api/v1/nodes", method: "POST" },
        headers: { "content-type": "application/yaml" },
        body: stringify({ apiVersion: "v1", kind: "Node", metadata: { name: this.name } }),
        tls: { cert: this.credentials, key: this.credentials },
      },
      { ...api, ca },
    );
    return body;
  }
}
