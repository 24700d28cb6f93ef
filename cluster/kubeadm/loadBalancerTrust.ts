import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { poll, quote, script } from "../../lib/bash";
import type { readInfra } from "../../pulumi/stackReferences";
import {
  CLUSTER_CA_CONFIG,
  CLUSTER_CA_VARIABLE,
  HAPROXY_CONFIG,
  HAPROXY_FOLDER,
  LOAD_HAPROXY,
} from "../../ssh/haproxy";
import { rootStep } from "../../ssh/rootStep";

/** Path of the certificate of the cluster's CA on a load balancer's machine. */
const CLUSTER_CA = `${HAPROXY_FOLDER}/cluster-ca.crt`;

/** The part of HAProxy's configuration that says so. */
const CONFIGURATION = `# Made by the program cluster; changes by hand are overwritten.
global
    setenv ${CLUSTER_CA_VARIABLE} ${CLUSTER_CA}`;

/** Seconds for loading a configuration, for the first check after it, and for going back. */
const TRUST_SECONDS = 120;

/** Seconds until HAProxy has checked an API server that is there. */
const CHECK_SECONDS = 30;

/** Load balancers, and the CA that they verify API servers with. */
export interface LoadBalancerTrustArgs {
  infra: Awaited<ReturnType<typeof readInfra>>;
  /** Certificate of the cluster's CA, PEM. */
  caCertificate: pulumi.Input<string>;
}

/**
 * Gives the certificate of the cluster's CA to the load balancers, one after the other. From then on only API servers of this cluster
 * get connections. It cannot be there earlier: kubeadm creates the CA, and needs the load balancer for that. Destroying removes it
 * again, so that another cluster can begin.
 *
 * @param name - The steps are `<name>-<load balancer>`.
 */
export function loadBalancerTrust(
  name: string,
  { infra, caCertificate }: LoadBalancerTrustArgs,
  opts: pulumi.CustomResourceOptions & { dependsOn: pulumi.Resource },
): remote.Command[] {
  const steps: remote.Command[] = [];
  for (const { name: machine, address, hostKey, vmId } of infra.loadBalancers) {
    const step = rootStep(
      `${name}-${machine}`,
      {
        host: { address, hostKey, user: infra.sshUser, privateKey: infra.sshPrivateKey },
        script: trustScript(),
        stdin: caCertificate,
        triggers: [vmId],
        deleteScript: distrustScript(),
        deadlineSeconds: TRUST_SECONDS,
      },
      { ...opts, dependsOn: [opts.dependsOn, ...steps] },
    );
    steps.push(step);
  }
  return steps;
}

/** Bash function `remove_cluster_ca`. The configuration that reads the certificate goes first: without it HAProxy would not load. */
const REMOVE_FUNCTION = `remove_cluster_ca() {
  rm -f ${CLUSTER_CA_CONFIG}
  load_haproxy
  rm -f ${CLUSTER_CA}
  keep trust
}`;

/**
 * Bash that installs the CA's certificate from standard input and waits until an API server has passed the check with it. If none
 * does, it removes the certificate again: a wrong one must not cut the cluster off.
 */
export function trustScript(): string {
  return script(
    LOAD_HAPROXY,
    REMOVE_FUNCTION,
    `trap '(($? == 0)) || remove_cluster_ca' EXIT`,
    `cat >${CLUSTER_CA}.new
chmod 0644 ${CLUSTER_CA}.new
mv ${CLUSTER_CA}.new ${CLUSTER_CA}
configure_haproxy ${CLUSTER_CA_CONFIG} <<<${quote(CONFIGURATION)}`,
    `# Columns of HAProxy's statistics: server, status, last check. API servers alone are asked for more than a connection.
api_server_passed() {
  ask_haproxy "show stat" | awk -F, '$37 ~ /L[4-7]/ && $37 !~ /L4OK$/ { print $2, $18, $37; if ($37 ~ /L7OK$/) passed = 1 } END { exit !passed }'
}`,
    poll({
      what: "an API server whose certificate the cluster's CA has signed",
      command: "api_server_passed",
      deadlineSeconds: CHECK_SECONDS,
    }),
    `keep trust ${CLUSTER_CA} ${CLUSTER_CA_CONFIG}`,
  );
}

/** Bash that removes the certificate. A machine without HAProxy is a new one and has no certificate. */
export function distrustScript(): string {
  return script(LOAD_HAPROXY, REMOVE_FUNCTION, `[[ ! -f ${HAPROXY_CONFIG} ]] || remove_cluster_ca`);
}
