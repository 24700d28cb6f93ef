if [[ -f /etc/kubernetes/kubelet.conf ]]; then
  running=$(kubelet --version)
  if [[ $running != 'Kubernetes v1.27.16' ]]; then
    echo "$(hostname) is part of a cluster and runs $running; kubernetes.version is 1.27.16." >&2
    echo "A running cluster is not upgraded by this step. Set kubernetes.version back to what runs." >&2
    exit 1
  fi
fi

installed() { rpm --query --queryformat '%{VERSION}-%{RELEASE}\n' "$1" 2>/dev/null; }
install_packages() {
  local one version specs=()
  for one in "$@"; do
    rm -f "/etc/tdnf/locks.d/${one%%=*}.conf"
    version=${one#*=}
    specs+=("${one%%=*}${version:+-$version}")
  done
  tdnf makecache --quiet && tdnf install --quiet --assumeyes "${specs[@]}"
}
hold() {
  mkdir -p /etc/tdnf/locks.d
  echo "$1" >"/etc/tdnf/locks.d/$1.conf"
}

satisfied() {
  local version
  version=$(installed "$1") || return 1
  [[ -z $2 || $version == "$2" || $version == "$2"-* ]]
}

wanted=(containerd\=1.6.21 containerd-extras\=1.6.21 cni\= kubernetes\=1.27.16 kubernetes-kubeadm\=1.27.16 nfs-utils\=)
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

swapoff --all
sed --in-place --regexp-extended '/^[^#].*[[:space:]]swap[[:space:]]/ s/^/#/' /etc/fstab

restart=no
if write /etc/containerd/config.toml 'version = 2

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "registry.k8s.io/pause:3.9"
restrict_oom_score_adj = false

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = true

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "/etc/containerd/certs.d"'; then restart=yes; fi
rm -f /etc/containerd/certs.d/_default/hosts.toml
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
  for rule in '-p tcp -m tcp --dport 10250 -j ACCEPT' '-p udp -m udp --dport 6081 -j ACCEPT' '-p tcp -m tcp --dport 10351 -j ACCEPT' '-p udp -m udp --dport 10351 -j ACCEPT' '-p tcp -m tcp --dport 30090 -j ACCEPT'; do
    iptables -C INPUT $rule 2>/dev/null || iptables -A INPUT $rule
    grep -qxF -- "-A INPUT $rule" $saved || sed -i "0,/^COMMIT/s//-A INPUT $rule\nCOMMIT/" $saved
  done
fi

# kubeadm starts it; enabled, it comes back after a reboot.
systemctl enable --quiet kubelet
