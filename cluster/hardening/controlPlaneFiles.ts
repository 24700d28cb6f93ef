import { stringify } from "yaml";

import type { Environment, NodeSpec } from "../../environment/schema";
import { quote, script } from "../../lib/bash";
import { WRITE_FUNCTION } from "../../ssh/writeFunction";
import {
  FORGET_RENEWAL,
  installRenewal,
  RENEW_DUE,
  RENEWAL_SECONDS,
} from "../certificates/renewal";
import { withLock, LOCK_DEADLINE_SECONDS } from "../kubeadm/lock";
import {
  admissionConfiguration,
  eventRateLimitConfiguration,
  podSecurityConfiguration,
} from "./admission";
import { RESTART_SECONDS, restartApiServer } from "./apiServer";
import { auditPolicy } from "./auditPolicy";
import { authenticationConfiguration } from "./authentication";
import { type Stage, takeKeyFunction } from "./encryptionRotation";
import { ETCD_ACCOUNT, ETCD_PATCH_FILE, etcdPatch } from "./etcd";
import { approveKubelets, FORGET_APPROVER } from "./kubeletApprover";
import { API_SERVER_FILES, API_SERVER_FOLDER, AUDIT_LOG_FOLDER, PATCHES_FOLDER } from "./paths";

/** Seconds for writing the files, restarting the API server, and renewing certificates. */
export const HARDEN_DEADLINE_SECONDS =
  LOCK_DEADLINE_SECONDS + RESTART_SECONDS + RENEWAL_SECONDS + 60;

/** Files that hold no secret, by path. */
const FILES: Record<string, object> = {
  [API_SERVER_FILES.admission]: admissionConfiguration,
  [API_SERVER_FILES.podSecurity]: podSecurityConfiguration,
  [API_SERVER_FILES.eventRateLimit]: eventRateLimitConfiguration,
  [API_SERVER_FILES.auditPolicy]: auditPolicy,
  [API_SERVER_FILES.authentication]: authenticationConfiguration,
};

/**
 * Bash that writes the files that a control plane's pods read beside kubeadm's own: before kubeadm creates the control plane, and
 * whenever the files change. Standard input is the configuration of the encryption. It restarts a running API server when one of its
 * files has changed. Flags and patches act only when kubeadm creates a control plane. It also renews certificates that are due.
 */
export function hardenScript(environment: Environment, node: NodeSpec, stage: Stage): string {
  return script(
    withLock(),
    WRITE_FUNCTION,
    takeKeyFunction(stage),
    restartApiServer(environment, node),
    `desired=$(cat)
exec </dev/null`,
    ETCD_ACCOUNT,
    `install --directory --mode 0700 ${API_SERVER_FOLDER} ${PATCHES_FOLDER} ${AUDIT_LOG_FOLDER}
changed=no`,
    ...Object.entries(FILES).map(
      ([path, content]) => `if write ${path} ${quote(text(content))}; then changed=yes; fi`,
    ),
    `if take_key; then changed=yes; fi
chmod 0600 ${API_SERVER_FOLDER}/*
write ${PATCHES_FOLDER}/${ETCD_PATCH_FILE} ${quote(text(etcdPatch))} || true # kubeadm reads it`,
    approveKubelets(environment),
    installRenewal(environment, node),
    RENEW_DUE,
    `[[ $changed == no ]] || restart_api_server`,
  );
}

/** Bash that removes the approver, the API server's files with the key, and the patches. The audit log stays. */
export function removeHardeningScript(): string {
  return script(
    withLock(),
    FORGET_APPROVER,
    FORGET_RENEWAL,
    `rm -rf ${API_SERVER_FOLDER} ${PATCHES_FOLDER}`,
  );
}

/** YAML as the function `write` compares it: without the end of its last line. */
function text(content: object): string {
  return stringify(content, { aliasDuplicateObjects: false }).trimEnd();
}
