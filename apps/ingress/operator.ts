import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** The one account that sees the pages of the ingress' own namespace. */
export class Operator extends pulumi.ComponentResource {
  readonly user: string;
  /** Secret. */
  readonly password: pulumi.Output<string>;
  /** The file of users, in the form of htpasswd, with a bcrypt hash. Secret. */
  readonly users: pulumi.Output<string>;

  constructor(name: string, { user }: { user: string }, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Operator", name, {}, opts);
    const password = new random.RandomPassword(
      `${name}-password`,
      // Letters and digits are typed and pasted without trouble; 32 of them are 190 bits.
      { length: 32, special: false },
      { parent: this },
    );
    this.user = user;
    this.password = pulumi.secret(password.result);
    this.users = pulumi.secret(pulumi.interpolate`${user}:${password.bcryptHash}\n`);
    this.registerOutputs({});
  }
}
