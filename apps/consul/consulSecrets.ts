import { Secret } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import type { Certificate } from "../certificates/signer";
import { ConsulCertificates } from "./consulCertificates";
import { gossipConfig, TLS_FILES, tokensConfig } from "./consulConfig";
import { SERVER_LABELS } from "./consulNames";
import { ConsulTokens } from "./consulTokens";
import type { ConsulSettings } from "./settings";

/** Everything secret about Consul, and the objects the pods read it from. */
export class ConsulSecrets extends pulumi.ComponentResource {
  readonly certificates: ConsulCertificates;
  readonly tokens: ConsulTokens;
  /** The key of the gossip. Secret. */
  readonly gossipKey: pulumi.Output<string>;

  /** `ca.pem`, `certificate.pem`, `key.pem` of the servers. */
  readonly serverTls: Secret;
  /** The same of tasks. */
  readonly taskTls: Secret;
  /** `gossip.json` for servers, `key` for the task that changes it. */
  readonly gossip: Secret;
  /** `tokens.json` and `recovery`, for servers. */
  readonly serverTokens: Secret;
  /** Tokens for tasks: `management`, `kv-writer`, and accessor and secret of each of ACCESS. */
  readonly taskTokens: Secret;

  /** Changes when servers have to be restarted: with their certificate or their tokens, not with the gossip key. */
  readonly restartHash: pulumi.Output<string>[];

  constructor(
    name: string,
    { consul }: { consul: ConsulSettings },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:apps:ConsulSecrets", name, {}, opts);
    const own = { parent: this };
    this.certificates = new ConsulCertificates(`${name}-tls`, { consul }, own);
    this.tokens = new ConsulTokens(`${name}-tokens`, own);
    const { base64 } = new random.RandomBytes(
      `${name}-gossip-key`,
      { length: 32, keepers: { generation: `${consul.gossipKeyGeneration}` } },
      own,
    );
    this.gossipKey = pulumi.secret(base64);
    const { certificates, tokens, gossipKey } = this;
    const metadata = (which: string) => ({
      name: `consul-${which}`,
      namespace: consul.namespace,
      labels: SERVER_LABELS,
    });
    const secret = (which: string, stringData: Record<string, pulumi.Input<string>>): Secret =>
      new Secret(`${name}-${which}`, { metadata: metadata(which), stringData }, own);

    const tlsFiles = ({ chain, privateKey }: Certificate) => ({
      [TLS_FILES.ca]: certificates.ca,
      [TLS_FILES.certificate]: chain,
      [TLS_FILES.key]: privateKey,
    });
    this.serverTls = secret("server-tls", tlsFiles(certificates.server));
    this.taskTls = secret("task-tls", tlsFiles(certificates.taskClient));
    this.gossip = secret("gossip", {
      "gossip.json": gossipKey.apply(gossipConfig),
      key: gossipKey,
    });
    const serverTokens = pulumi
      .all([
        tokens.management,
        tokens.get("agent").secret,
        tokens.get("dns").secret,
        tokens.recovery,
      ])
      .apply(([management, agent, dns, recovery]) =>
        tokensConfig({ management, agent, dns, recovery }),
      );
    this.serverTokens = secret("server-tokens", {
      "tokens.json": serverTokens,
      recovery: tokens.recovery,
    });
    this.taskTokens = secret("task-tokens", {
      management: tokens.management,
      "kv-writer": tokens.get("kv-writer").secret,
      ...tokens.files,
    });
    this.restartHash = [certificates.server.chain, pulumi.unsecret(serverTokens)];
    this.registerOutputs({});
  }
}
