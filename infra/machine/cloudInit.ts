import { stringify } from "yaml";

import type { Environment, MachineSpec } from "../../environment/schema";
import { prefixLength } from "../../lib/ipv4";

/** A machine's network settings. */
export type MetadataSource = Pick<Environment, "domain" | "zones" | "vsphere">;

/** Keys that identify a machine and give access to it. */
export interface MachineKeys {
  /** Public key of the user who administers the machine, OpenSSH form. */
  userPublicKey: string;
  /** The machine's own key pair, OpenSSH form. Secret. */
  hostPrivateKey: string;
  hostPublicKey: string;
}

const NO_LINE_FOLDING = { lineWidth: 0 };

/**
 * guestinfo.metadata of one machine: its name and static address. The form is that of cloud-init's VMware datasource.
 *
 * The network's part is version 2, which cloud-init renders for systemd-networkd on PhotonOS, as the file
 * 10-cloud-init-<interface>.network (cloudinit/net/networkd.py). Of networkd's files the first that matches counts, so
 * Photon's own 99-dhcp-en.network, DHCP on every interface whose name begins with e, no longer does. PhotonOS 4 and 5
 * both carry cloud-init 25.1 among their updates. 4.0 as first published has 20.4.1 with a datasource of its own, which
 * does not know `redact`: docs/template.md asks for an update.
 */
export function renderMetadata(
  machine: MachineSpec,
  { domain, zones, vsphere }: MetadataSource,
): string {
  const zone = zones[machine.zone];
  return stringify(
    {
      "instance-id": machine.name,
      "local-hostname": machine.name,
      network: {
        version: 2,
        ethernets: {
          [vsphere.networkInterface]: {
            dhcp4: false,
            dhcp6: false,
            addresses: [`${machine.address}/${prefixLength(zone.cidr)}`],
            // `to: default` is understood by newer releases of cloud-init only.
            routes: [{ to: "0.0.0.0/0", via: zone.gateway }],
            nameservers: { addresses: zone.dnsServers, search: [domain] },
          },
        },
      },
      // Once read, the user data with the host key in it is overwritten, so that no user of the machine can read it.
      redact: ["userdata", "vendordata"],
    },
    NO_LINE_FOLDING,
  );
}

/**
 * guestinfo.userdata of one machine: a named user who logs in with a key and may use sudo, and the host key that the programs
 * pin. There is no other way to log in. Contains the private host key.
 */
export function renderUserData(
  machine: MachineSpec,
  { domain, ssh }: Pick<Environment, "domain" | "ssh">,
  keys: MachineKeys,
): string {
  const config = {
    hostname: machine.name,
    fqdn: `${machine.name}.${domain}`,
    prefer_fqdn_over_hostname: false,
    // sudo and kubeadm look the machine's own name up.
    manage_etc_hosts: "localhost",
    disable_root: true,
    ssh_pwauth: false,
    users: [
      {
        name: ssh.user,
        gecos: "Site administration",
        shell: "/bin/bash",
        lock_passwd: true,
        sudo: "ALL=(ALL) NOPASSWD:ALL",
        ssh_authorized_keys: [keys.userPublicKey],
      },
    ],
    // The template's own keys go, so that this one is the only one the machine has.
    ssh_deletekeys: true,
    ssh_keys: {
      ed25519_private: withNewline(keys.hostPrivateKey),
      ed25519_public: withNewline(keys.hostPublicKey),
    },
    // Versions are pinned by the packages each role installs.
    package_update: false,
    package_upgrade: false,
  };
  return `#cloud-config\n${stringify(config, NO_LINE_FOLDING)}`;
}

/** The guestinfo keys by which VMware's tools hand both documents to cloud-init. */
export function guestinfo(metadata: string, userData: string): Record<string, string> {
  return {
    "guestinfo.metadata": base64(metadata),
    "guestinfo.metadata.encoding": "base64",
    "guestinfo.userdata": base64(userData),
    "guestinfo.userdata.encoding": "base64",
  };
}

function withNewline(text: string): string {
  return `${text.trimEnd()}\n`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
