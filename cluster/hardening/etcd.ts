/** Account that runs etcd and owns its data. Its number is that of etcd's port, which no distribution gives to an account. */
export const ETCD_USER = { name: "etcd", id: 2379 } as const;

/** Name of kubeadm's patch for the static pod of etcd. */
export const ETCD_PATCH_FILE = "etcd.yaml";

/** kubeadm's pod of etcd with an account of its own, and nothing that etcd does not need. */
export const etcdPatch = {
  spec: {
    securityContext: {
      runAsNonRoot: true,
      runAsUser: ETCD_USER.id,
      runAsGroup: ETCD_USER.id,
    },
    containers: [
      {
        name: "etcd",
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  },
};

/** Bash that creates the account. It refuses if another account has the name or the number. */
export const ETCD_ACCOUNT = `if ! getent passwd ${ETCD_USER.name} >/dev/null; then
  groupadd --system --gid ${ETCD_USER.id} ${ETCD_USER.name}
  useradd --system --uid ${ETCD_USER.id} --gid ${ETCD_USER.id} --no-create-home --home-dir /var/lib/etcd --shell /usr/sbin/nologin ${ETCD_USER.name}
fi
if [[ $(id --user ${ETCD_USER.name}) != ${ETCD_USER.id} ]]; then
  echo "$(hostname) has an account ${ETCD_USER.name} that is number $(id --user ${ETCD_USER.name}); the cluster's etcd runs as ${ETCD_USER.id}. Nothing was changed." >&2
  echo "Remove the package that brought it from the machine's template; kubeadm brings its own etcd." >&2
  exit 1
fi`;

/**
 * Bash function `own_etcd`: gives etcd's account what etcd reads and writes. Call it when kubeadm has created etcd's certificates and
 * before it starts etcd. Of the certificates' files it takes the two private keys, which no other account may read.
 */
export const OWN_ETCD_FUNCTION = `own_etcd() {
  local pki=/etc/kubernetes/pki/etcd
  install --directory --owner ${ETCD_USER.name} --group ${ETCD_USER.name} --mode 0700 /var/lib/etcd
  chown ${ETCD_USER.name}:${ETCD_USER.name} $pki/server.key $pki/peer.key
  chmod 0755 $pki
  chmod 0644 $pki/*.crt
}`;
