import { stringify } from "yaml";

import type { Environment, NodeSpec } from "../../environment/schema";
import { quote, script } from "../../lib/bash";
import { WRITE_FUNCTION } from "../../ssh/writeFunction";
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

/** Seconds for files, and for a restart of the API server. */
export const HARDEN_DEADLINE_SECONDS = LOCK_DEADLINE_SECONDS + RESTART_SECONDS + 60;

/** Files that hold no secret, by path. */
const FILES: Record<string, object> = {
  [API_SERVER_FILES.admission]: admissionConfiguration,
  [API_SERVER_FILES.podSecurity]: podSecurityConfiguration,
  [API_SERVER_FILES.eventRateLimit]: eventRateLimitConfiguration,
  [API_SERVER_FILES.auditPolicy]: auditPolicy,
  [API_SERVER_FILES.authentication]: authenticationConfiguration,
};

/**
 * Bash that gives a control plane what its pods read beside kubeadm's own files, before kubeadm makes it and whenever that has
 * changed, with the configuration of the encryption on standard input. An API server that runs is restarted when one of its
 * files is another; flags and patches are kubeadm's matter, and act when it makes a control plane.
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
    `[[ $changed == no ]] || restart_api_server`,
  );
}

/** Bash that takes all of it away, the key first of all; the audit log stays. */
export function removeHardeningScript(): string {
  return script(withLock(), FORGET_APPROVER, `rm -rf ${API_SERVER_FOLDER} ${PATCHES_FOLDER}`);
}

/** YAML as the function `write` compares it: without the end of its last line. */
function text(content: object): string {
  return stringify(content, { aliasDuplicateObjects: false }).trimEnd();
}
