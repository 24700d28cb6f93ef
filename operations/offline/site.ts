import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { APPLICATIONS } from "../../apps/registry";
import { hostsOf } from "../../environment/applications/exposed";
import { needed, ownCertificateKeys, VSPHERE_PASSWORD } from "../../environment/load/secrets";
import type { Environment } from "../../environment/schema";
import { issueCertificate } from "../../lab/vcenter/certificates";
import type { Simulator } from "../../lab/vcenter/simulator";
import { checkout, toolchain } from "../../lib/paths";
import { projectName } from "../../lib/projectNames";
import type { StackProject } from "../engine/stacks";
import type { UpstreamOutputs } from "./outputs";

/** The content of a Pulumi.<stack>.yaml. */
export interface StackFileContent {
  encryptionsalt?: string;
  config: Record<string, unknown>;
}

/** Passphrase of a throwaway backend that no other user can read, and that holds no secrets. */
const PASSPHRASE = "offline";

/**
 * The configuration of an environment with a simulator in the place of its vCenter. Nothing encrypted is left in it, since
 * it cannot be decrypted here: the environment gets made up values in plain text.
 *
 * @param values - Full keys and values that the environment needs beside `site:`.
 */
export function offlineConfig(
  { config }: StackFileContent,
  server: string,
  values: Record<string, string>,
): StackFileContent {
  const vsphere: Record<string, unknown> = {
    ...(config["site:vsphere"] as Record<string, unknown>),
    server,
  };
  // The certificate is the simulator's, verified by its authority.
  delete vsphere.thumbprint;
  return {
    config: {
      ...Object.fromEntries(Object.entries(config).filter(([, value]) => !isEncrypted(value))),
      "site:vsphere": vsphere,
      ...values,
    },
  };
}

function isEncrypted(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}

/** What the environment needs beside `site:`, made up. */
export async function placeholders(
  { config }: StackFileContent,
  environment: Pick<Environment, "applications">,
  password: string,
  folder: string,
): Promise<Record<string, string>> {
  const site = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(/^site:/, ""), value]),
  );
  const keys = needed(APPLICATIONS, site).flatMap(({ key, optional = false }) =>
    optional ? [] : [key],
  );
  const values = Object.fromEntries(keys.map((key) => [key, "offline-preview"]));
  for (const { application, host } of hostsOf(environment)) {
    if (host.certificate === "own") {
      const { certificate, key } = ownCertificateKeys(application.name);
      await issueCertificate(folder, [host.name]);
      values[certificate] = readFileSync(join(folder, "vcenter.crt"), "utf8");
      values[key] = readFileSync(join(folder, "vcenter.key"), "utf8");
    }
  }
  return { ...values, [VSPHERE_PASSWORD]: password };
}

/** An environment's projects in a folder of their own, with nothing of theirs written anywhere else. */
export class OfflineSite {
  constructor(
    private readonly environment: string,
    private readonly folder: string,
  ) {}

  private get stackFile(): string {
    return join(this.folder, `Pulumi.${this.environment}.yaml`);
  }

  /** Copies what the engine reads and may write; the programs are those of the checkout. */
  write(projects: readonly StackProject[], content: StackFileContent): StackProject[] {
    for (const name of ["dist", "node_modules"]) {
      symlinkSync(join(checkout, name), join(this.folder, name));
    }
    for (const name of ["backend", "home", "tmp"]) {
      mkdirSync(join(this.folder, name), { mode: 0o700 });
    }
    // The engine notes in its home which stack is selected where.
    symlinkSync(join(toolchain, "pulumi-home", "plugins"), join(this.folder, "home", "plugins"));
    copyFileSync(join(checkout, "package.json"), join(this.folder, "package.json"));
    writeFileSync(this.stackFile, stringify(content), { mode: 0o600 });
    return projects.map(({ name, directory }) => {
      const copy = join(this.folder, name);
      mkdirSync(copy);
      copyFileSync(join(directory, "Pulumi.yaml"), join(copy, "Pulumi.yaml"));
      return { name, directory: copy };
    });
  }

  /**
   * All environment variables of the engine. The operator's own variables do not reach an offline preview: no backend, passphrase,
   * kubeconfig, proxy or vCenter setting.
   */
  variables({ authorities }: Pick<Simulator, "authorities">, path = process.env.PATH ?? "") {
    return {
      PATH: `${join(toolchain, "bin")}:${path}`,
      HOME: join(this.folder, "home"),
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(this.folder, "backend")}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      SSL_CERT_FILE: authorities,
    };
  }

  /** State of a stack that has nothing but outputs, for `pulumi stack import`. */
  state(project: string, { plain, secret }: UpstreamOutputs): string {
    const { encryptionsalt: salt } = parse(readFileSync(this.stackFile, "utf8")) as {
      encryptionsalt?: string;
    };
    const encrypted = Object.entries(secret).map(([name, value]) => [name, asSecret(value)]);
    const stack = "pulumi:pulumi:Stack";
    const name = projectName(project);
    return JSON.stringify({
      version: 3,
      deployment: {
        manifest: { time: new Date(0).toISOString(), magic: "", version: "" },
        secrets_providers: { type: "passphrase", state: { salt } },
        resources: [
          {
            urn: `urn:pulumi:${this.environment}::${name}::${stack}::${name}-${this.environment}`,
            type: stack,
            custom: false,
            outputs: { ...plain, ...Object.fromEntries(encrypted) },
          },
        ],
      },
    });
  }
}

/** A secret's form in a state that is to be imported. */
function asSecret(value: string): object {
  return {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
  };
}
