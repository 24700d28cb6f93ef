import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { ACCESS } from "./acl";

/** A token: what shows it in lists, and what proves it. */
export interface Token {
  /** Names the token; no secret. */
  accessor: pulumi.Output<string>;
  /** Secret. */
  secret: pulumi.Output<string>;
}

/** The tokens of Consul, by name. They are generated here and given to Consul, so that each client has its token before Consul runs. */
export class ConsulTokens extends pulumi.ComponentResource {
  /** May do everything. Secret. */
  readonly management: pulumi.Output<string>;
  /** For commands inside the servers' pods. Secret. */
  readonly recovery: pulumi.Output<string>;
  /** One for each of ACCESS. */
  private readonly tokens: Map<string, Token>;

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:ConsulTokens", name, {}, opts);
    const own = { parent: this };
    const secret = (which: string): pulumi.Output<string> =>
      // Not RandomUuid: its result is its id too, which the state has in clear.
      pulumi.secret(
        new random.RandomBytes(`${name}-${which}-secret`, { length: 16 }, own).hex.apply(uuidOf),
      );
    this.management = secret("management");
    this.recovery = secret("recovery");
    this.tokens = new Map(
      ACCESS.map(({ name: which }) => [
        which,
        {
          accessor: new random.RandomUuid(`${name}-${which}-accessor`, {}, own).result,
          secret: secret(which),
        },
      ]),
    );
    this.registerOutputs({});
  }

  /**
   * One of ACCESS.
   *
   * @throws Error for a name that is none of them.
   */
  get(name: string): Token {
    const token = this.tokens.get(name);
    if (token === undefined) {
      throw new Error(`There is no token ${name} in ACCESS.`);
    }
    return token;
  }

  /** Accessor and secret of each token as files, for the task that hands them to Consul. */
  get files(): Record<string, pulumi.Output<string>> {
    return Object.fromEntries(
      [...this.tokens].flatMap(([name, { accessor, secret }]) => [
        [`${name}.accessor`, accessor],
        [`${name}.secret`, secret],
      ]),
    );
  }
}

/**
 * Random bytes in the form of a UUID, version 4, which Consul asks of a token.
 *
 * @param hex - 16 bytes.
 */
export function uuidOf(hex: string): string {
  const variant = ((parseInt(hex[16], 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
