umask 077
exec 3>&1 1>&2 9>/run/sitewright-kubeadm.lock
if ! flock --wait 300 9; then
  echo "another run still works on $(hostname) after 300 s; it holds /run/sitewright-kubeadm.lock (lslocks shows by whom)" >&2
  exit 1
fi

# write PATH CONTENT: true when the file had another content, or none.
written=()
write() {
  written+=("$1")
  [[ ! -f $1 || $(<"$1") != "$2" ]] || return 1
  mkdir -p "$(dirname "$1")" && printf '%s\n' "$2" >"$1.new" && chmod 0644 "$1.new" && mv "$1.new" "$1" || {
    echo "$(hostname) cannot write $1; the reason stands above." >&2
    exit 1
  }
}

take_key() {
  local file=/etc/kubernetes/apiserver/encryption.yaml name others
  if [[ ! -f /etc/kubernetes/sitewright-complete || ! -f $file ]]; then
    write $file "$desired"
    return
  fi
  # Two lines for each key, at the end of the file.
  name=$(awk '$2 == "name:" { print $3 }' <<<"$desired")
  others=$(awk -v name="$name" '$2 == "name:" { keys = 1; keep = $3 != name } keys && keep' $file)
  [[ -n $others ]] || return 1
  write $file "$desired"$'\n'"$others"
}

api_server_is_new() {
  local now
  now=$(pidof kube-apiserver) && [[ $now != "$former" ]] &&
    kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://192.168.10.56:6443 --request-timeout=5s get --raw /readyz
}
restart_api_server() {
  local former deadline answer
  former=$(pidof kube-apiserver) || return 0
  echo "restarting the API server of $(hostname)"
  kill $former
  deadline=$((SECONDS + 120))
  until answer=$(api_server_is_new 2>&1); do
    if ((SECONDS >= deadline)); then
      echo 'the API server at https://192.168.10.56:6443 is ready after a restart: not so after 120 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
}

desired=$(cat)
exec </dev/null

if ! getent passwd etcd >/dev/null; then
  groupadd --system --gid 2379 etcd
  useradd --system --uid 2379 --gid 2379 --no-create-home --home-dir /var/lib/etcd --shell /usr/sbin/nologin etcd
fi
if [[ $(id --user etcd) != 2379 ]]; then
  echo "$(hostname) has an account etcd that is number $(id --user etcd); the cluster's etcd runs as 2379. Nothing was changed." >&2
  echo "Remove the package that brought it from the machine's template; kubeadm brings its own etcd." >&2
  exit 1
fi

install --directory --mode 0700 /etc/kubernetes/apiserver /etc/kubernetes/patches /var/log/kubernetes/audit
changed=no

if write /etc/kubernetes/apiserver/admission.yaml 'apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    path: /etc/kubernetes/apiserver/pod-security.yaml
  - name: EventRateLimit
    path: /etc/kubernetes/apiserver/event-rate-limit.yaml'; then changed=yes; fi

if write /etc/kubernetes/apiserver/pod-security.yaml 'apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults:
  enforce: restricted
  enforce-version: latest
  audit: restricted
  audit-version: latest
  warn: restricted
  warn-version: latest
exemptions:
  usernames: []
  runtimeClasses: []
  namespaces:
    - kube-system'; then changed=yes; fi

if write /etc/kubernetes/apiserver/event-rate-limit.yaml 'apiVersion: eventratelimit.admission.k8s.io/v1alpha1
kind: Configuration
limits:
  - type: Namespace
    qps: 50
    burst: 100
    cacheSize: 2000
  - type: User
    qps: 50
    burst: 100
    cacheSize: 2000'; then changed=yes; fi

if write /etc/kubernetes/apiserver/audit-policy.yaml 'apiVersion: audit.k8s.io/v1
kind: Policy
omitStages:
  - RequestReceived
rules:
  - level: None
    nonResourceURLs:
      - /healthz*
      - /livez*
      - /readyz*
      - /version
  - level: None
    resources:
      - group: ""
        resources:
          - events
      - group: events.k8s.io
  - level: None
    resources:
      - group: coordination.k8s.io
        resources:
          - leases
  - level: None
    users:
      - system:kube-controller-manager
      - system:kube-scheduler
      - system:kube-proxy
      - system:apiserver
    verbs:
      - get
      - list
      - watch
  - level: None
    userGroups:
      - system:nodes
    verbs:
      - get
      - list
      - watch
  - level: Request
    verbs:
      - create
      - update
      - patch
      - delete
      - deletecollection
    resources:
      - group: rbac.authorization.k8s.io
      - group: networking.k8s.io
        resources:
          - networkpolicies
      - group: certificates.k8s.io
      - group: ""
        resources:
          - namespaces
          - resourcequotas
          - limitranges
  - level: Metadata'; then changed=yes; fi

if write /etc/kubernetes/apiserver/authentication.yaml 'apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true
  conditions:
    - path: /livez
    - path: /readyz
    - path: /healthz'; then changed=yes; fi

if take_key; then changed=yes; fi
chmod 0600 /etc/kubernetes/apiserver/*
write /etc/kubernetes/patches/etcd.yaml 'spec:
  securityContext:
    runAsNonRoot: true
    runAsUser: 2379
    runAsGroup: 2379
  containers:
    - name: etcd
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop:
            - ALL' || true # kubeadm reads it

approver=no
write /etc/kubernetes/kubelets 'prdk8smst501 192.168.10.56
prdk8swok501 192.168.10.61
prdk8swok502 192.168.10.62
prdk8swok503 192.168.10.63
prdk8swok504 192.168.10.64
prdk8swok505 192.168.10.65
prdk8swok511 192.168.20.11' || true # read at every request
if write /usr/local/sbin/kubelet-csr-approver '#!/bin/bash
# Approves serving certificates of the kubelets that /etc/kubernetes/kubelets lists, for their own name and address. Made by the program cluster.
set -uo pipefail
export KUBECONFIG=/etc/kubernetes/admin.conf
# There is none before the control plane is made.
until [[ -f $KUBECONFIG ]]; do
  sleep 0.5
done

refuse() { echo "$1 is left as it is: $2" >&2; }

judge() {
  local csr=$1 user node address text names name
  [[ -z $(kubectl get csr "$csr" --ignore-not-found --output jsonpath='"'"'{.status.conditions}'"'"') ]] || return 0
  user=$(kubectl get csr "$csr" --ignore-not-found --output jsonpath='"'"'{.spec.username}'"'"')
  [[ -n $user ]] || return 0
  node=${user#system:node:}
  address=$(awk -v node="$node" '"'"'$1 == node { print $2 }'"'"' /etc/kubernetes/kubelets)
  if [[ $user == "$node" || -z $address ]]; then
    refuse "$csr" "$user is no node of the site"
    return
  fi
  if ! text=$(kubectl get csr "$csr" --output jsonpath='"'"'{.spec.request}'"'"' | base64 --decode | openssl req -noout -text -subject -nameopt RFC2253); then
    refuse "$csr" "it cannot be read"
    return
  fi
  if ! grep -qx "subject=CN=system:node:$node,O=system:nodes" <<<"$text"; then
    refuse "$csr" "it is for another subject than $user"
    return
  fi
  names=$(awk '"'"'/X509v3 Subject Alternative Name/ { getline; gsub(/^ +| +$/, ""); print }'"'"' <<<"$text")
  if [[ -z $names || $names == *$'"'"'\n'"'"'* ]]; then
    refuse "$csr" "it has no names, or several lists of them"
    return
  fi
  while read -r name; do
    if [[ $name != "DNS:$node" && $name != "IP Address:$address" ]]; then
      refuse "$csr" "it is for $name, and $node has the address $address"
      return
    fi
  done <<<"${names//, /$'"'"'\n'"'"'}"
  kubectl certificate approve "$csr"
}

kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving --watch --output name | while read -r csr; do
  judge "${csr##*/}"
done'; then approver=changed; fi
chmod 0700 /usr/local/sbin/kubelet-csr-approver
if write /etc/systemd/system/kubelet-csr-approver.service "[Unit]
Description=Approves serving certificates of the site's kubelets
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/local/sbin/kubelet-csr-approver
# A watch ends now and then.
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target"; then approver=changed; fi
if [[ $approver == changed ]]; then
  systemctl daemon-reload
  systemctl stop kubelet-csr-approver
fi
systemctl enable --quiet --now kubelet-csr-approver

[[ $changed == no ]] || restart_api_server
