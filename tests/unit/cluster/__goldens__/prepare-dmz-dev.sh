if [[ -f /etc/kubernetes/kubelet.conf ]]; then
  running=$(kubelet --version)
  if [[ $running != 'Kubernetes v1.36.3' ]]; then
    echo "$(hostname) is part of a cluster and runs $running; kubernetes.version is 1.36.3." >&2
    echo "A running cluster is not upgraded by this step. Set kubernetes.version back to what runs." >&2
    exit 1
  fi
fi

installed() {
  local state
  state=$(dpkg-query --show --showformat='${db:Status-Status} ${Version}' "$1" 2>/dev/null) || return 1
  [[ $state == "installed "* ]] && echo "${state#installed }"
}
install_packages() {
  local one version specs=()
  apt-get update -q || return 1
  for one in "$@"; do
    version=$(apt-cache madison "${one%%=*}" | awk -v want="${one#*=}" '$3 == want || index($3, want "-") == 1 { print $3; exit }')
    specs+=("${one%%=*}${version:+=$version}")
  done
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends --allow-downgrades \
    --allow-change-held-packages -o DPkg::Lock::Timeout=60 -o Dpkg::Options::=--force-confold "${specs[@]}"
}
hold() { apt-mark showhold "$1" | grep -qx "$1" || apt-mark hold "$1" >/dev/null; }

satisfied() {
  local version
  version=$(installed "$1") || return 1
  [[ -z $2 || $version == "$2" || $version == "$2"-* ]]
}

wanted=(containerd\= kubernetes-cni\= kubelet\=1.36.3 kubectl\=1.36.3 kubeadm\=1.36.3)
missing=()
for one in "${wanted[@]}"; do
  satisfied "${one%%=*}" "${one#*=}" || missing+=("$one")
done

if ((${#missing[@]} > 0)); then
  deadline=$((SECONDS + 600))
  until answer=$(install_packages "${missing[@]}" 2>&1); do
    if ((SECONDS >= deadline)); then
      echo 'packages installed: not so after 600 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
fi

for one in "${wanted[@]}"; do
  if ! satisfied "${one%%=*}" "${one#*=}"; then
    echo "the repository has no ${one%%=*} in version ${one#*=}; found: $(installed "${one%%=*}" || echo none)" >&2
    exit 1
  fi
  [[ -z ${one#*=} ]] || hold "${one%%=*}"
done

# write PATH CONTENT: true when the file had another content, or none.
write() {
  [[ ! -f $1 || $(<"$1") != "$2" ]] || return 1
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "$2" >"$1.new"
  chmod 0644 "$1.new"
  mv "$1.new" "$1"
}

write /etc/modules-load.d/kubernetes.conf 'overlay
br_netfilter' || true
# A module may be built into the kernel: what counts is what it brings.
modprobe --all overlay br_netfilter 2>/dev/null || true
grep -qw overlay /proc/filesystems || { echo "the kernel has no overlay file system, and containerd needs it" >&2; exit 1; }
[[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]] || { echo "the kernel has no br_netfilter, and kube-proxy needs it" >&2; exit 1; }

write /etc/sysctl.d/90-kubernetes.conf 'net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
net.ipv4.ip_forward = 1' || true
sysctl --quiet --load /etc/sysctl.d/90-kubernetes.conf

restart=no
if write /etc/containerd/config.toml 'version = 2

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "registry.k8s.io/pause:3.10.2"
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "/etc/containerd/certs.d"'; then restart=yes; fi
write /etc/containerd/certs.d/_default/hosts.toml '[host."http://registry.coolcorp.test:5000"]
capabilities = [ "pull", "resolve" ]' || true # read at every pull
systemctl enable --quiet --now containerd
[[ $restart == no ]] || systemctl restart containerd

deadline=$((SECONDS + 60))
until answer=$(test -S /run/containerd/containerd.sock 2>&1); do
  if ((SECONDS >= deadline)); then
    echo 'containerd listens on /run/containerd/containerd.sock: not so after 60 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

saved=/etc/systemd/scripts/ip4save
if [[ -f $saved ]]; then
  for rule in '-p tcp -m tcp --dport 10250 -j ACCEPT' '-p udp -m udp --dport 8472 -j ACCEPT' '-p tcp -m tcp --dport 30090 -j ACCEPT'; do
    iptables -C INPUT $rule 2>/dev/null || iptables -A INPUT $rule
    grep -qxF -- "-A INPUT $rule" $saved || sed -i "0,/^COMMIT/s//-A INPUT $rule\nCOMMIT/" $saved
  done
fi

# kubeadm starts it; enabled, it comes back after a reboot.
systemctl enable --quiet kubelet
