if [[ -f /etc/kubernetes/kubelet.conf ]]; then
  running=$(kubelet --version)
  if [[ $running != 'Kubernetes v1.27.16' ]]; then
    echo "$(hostname) is part of a cluster and runs $running; the environment asks for 1.27.16." >&2
    echo "A running cluster is not upgraded by this step. Set kubernetes.version, or the pin of the kubelet's package, back to what runs." >&2
    exit 1
  fi
fi

for module in openvswitch geneve; do
  modprobe --quiet "$module" || [[ -d /sys/module/$module ]] || {
    kernel=$(uname -r)
    echo "$(hostname) runs kernel $kernel without the module $module, and the pod network (site:cni, antrea) needs it. Nothing was changed." >&2
    if [[ -d /lib/modules/$kernel ]]; then
      echo "Install a kernel that has it (PhotonOS: tdnf install linux-esx), reboot the machine, then run the same command again." >&2
    else
      echo "The modules of this kernel are not on the disk: another one was installed since the machine booted. Reboot it, then run the same command again." >&2
    fi
    exit 1
  }
done

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

machine_id=a3feb4b35e2d8d6b6a9df22360daa169
if [[ ! -f /etc/kubernetes/kubelet.conf ]] && write /etc/machine-id "$machine_id"; then
  # D-Bus has a copy where this is no link.
  [[ ! -f /var/lib/dbus/machine-id ]] || ln --symbolic --force /etc/machine-id /var/lib/dbus/machine-id
  systemctl restart systemd-journald
fi

# As it is for root, since a Match block may make exceptions.
ssh_settings() { sshd -T -C user=root,host=localhost,addr=127.0.0.1 | grep -E '^(kbdinteractiveauthentication |passwordauthentication |permitrootlogin )' | sort; }
only_keys='kbdinteractiveauthentication no
passwordauthentication no
permitrootlogin no'
if [[ $(ssh_settings) != "$only_keys" ]]; then
  printf '%s\n' 'KbdInteractiveAuthentication no' 'PasswordAuthentication no' 'PermitRootLogin no' | cat - /etc/ssh/sshd_config >/etc/ssh/sshd_config.new
  chmod --reference=/etc/ssh/sshd_config /etc/ssh/sshd_config.new
  sshd -t -f /etc/ssh/sshd_config.new
  mv /etc/ssh/sshd_config.new /etc/ssh/sshd_config
  systemctl reload sshd 2>/dev/null || systemctl reload ssh
  if [[ $(ssh_settings) != "$only_keys" ]]; then
    echo "$(hostname) still lets somebody log in over SSH by password, or root. sshd says:" >&2
    ssh_settings >&2
    echo "A Match block in /etc/ssh/sshd_config or beside it overrides the settings at its top: remove that, then run this again." >&2
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
  grep -qsx "$1" "/etc/tdnf/locks.d/$1.conf" || echo "$1" >"/etc/tdnf/locks.d/$1.conf"
}

satisfied() {
  local version
  version=$(installed "$1") || return 1
  [[ -z $2 || $version == "$2" || $version == "$2"-* ]]
}

wanted=(containerd\=1.6.21 containerd-extras\=1.6.21 cni\= kubernetes\=1.27.16 kubernetes-kubeadm\=1.27.16 gawk\= ipset\= openssl\= nfs-utils\=)
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

write /etc/modules-load.d/kubernetes.conf 'overlay
br_netfilter
nf_conntrack
openvswitch
geneve' || true
# A module may be built into the kernel: what counts is what it brings.
modprobe --all overlay br_netfilter nf_conntrack 2>/dev/null || true
grep -qw overlay /proc/filesystems || { echo "the kernel has no overlay file system, and containerd needs it" >&2; exit 1; }
[[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]] || { echo "the kernel has no br_netfilter, and kube-proxy needs it" >&2; exit 1; }

write /etc/sysctl.d/90-kubernetes.conf 'net.netfilter.nf_conntrack_tcp_timeout_syn_sent = 5
net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
net.ipv4.ip_forward = 1' || true
sysctl --quiet --load /etc/sysctl.d/90-kubernetes.conf

swapoff --all
sed --in-place --regexp-extended '/^[^#].*[[:space:]]swap[[:space:]]/ s/^/#/' /etc/fstab

if systemctl is-active --quiet systemd-networkd; then
  reload=no
  if write /etc/systemd/network/05-pod-network.network '[Match]
Name=antrea-* ovs-system genev_sys_* vxlan_sys_* flannel.* cni0 kube-* veth*

[Link]
Unmanaged=yes'; then reload=yes; fi
  if write /etc/systemd/network/05-pods.network '[Match]
Driver=veth
Name=!eth0

[Link]
Unmanaged=yes'; then reload=yes; fi
  [[ $reload == no ]] || networkctl reload
fi

if command -v vmware-toolbox-cmd >/dev/null; then
  # tools KEY VALUE: sets it in the section guestinfo unless it is so.
  tools() {
    [[ $(vmware-toolbox-cmd config get guestinfo "$1") == "[guestinfo] $1 = $2" ]] || vmware-toolbox-cmd config set guestinfo "$1" "$2"
  }
  tools primary-nics eth0
  tools exclude-nics antrea-\*\,ovs-system\,genev_sys_\*\,vxlan_sys_\*\,flannel.\*\,cni0\,kube-\*\,veth\*\,\?\?\?\?\?\?\?\?-\?\?\?\?\?\?\,docker\*\,virbr\*\,cali\*
fi

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
  rules=(
    ':SITEWRIGHT - [0:0]'
    '-A SITEWRIGHT -i antrea-gw0 -j ACCEPT'
    '-A SITEWRIGHT -p tcp -m tcp --dport 10250 -j ACCEPT'
    '-A SITEWRIGHT -p udp -m udp --dport 6081 -j ACCEPT'
    '-A SITEWRIGHT -p tcp -m tcp --dport 30090 -j ACCEPT'
  )
  printf '%s\n' '*filter' "${rules[@]}" COMMIT | iptables-restore --noflush --wait 10
  iptables --wait 10 -C INPUT -j SITEWRIGHT 2>/dev/null || iptables --wait 10 -I INPUT -j SITEWRIGHT

  # The same in the saved rules: what is ours leaves its old place and stands before the first rule of the table filter.
  table= placed=no lines=()
  while IFS= read -r line || [[ -n $line ]]; do
    case $line in
      ":SITEWRIGHT "* | "-A SITEWRIGHT "* | "-A INPUT -j SITEWRIGHT") continue ;;
      "*"*) table=$line ;;
      "-A "* | "-I "* | COMMIT)
        if [[ $table == "*filter" && $placed == no ]]; then
          lines+=("${rules[0]}" '-A INPUT -j SITEWRIGHT' "${rules[@]:1}")
          placed=yes
        fi
        ;;
    esac
    lines+=("$line")
  done <"$saved"
  if [[ $placed == no ]]; then
    echo "$saved on $(hostname) has no complete table filter, so the ports would be shut after a reboot. Restore the file from the package iptables, then run this again." >&2
    exit 1
  fi
  printf '%s\n' "${lines[@]}" >"$saved.new"
  if [[ $(<"$saved.new") == "$(<"$saved")" ]]; then
    rm "$saved.new"
  else
    chmod 0644 "$saved.new"
    mv "$saved.new" "$saved"
  fi
fi

if [[ -f /etc/systemd/scripts/ip4save ]] && write /etc/systemd/system/kubelet.service.d/20-firewall.conf '[Unit]
After=iptables.service'; then
  systemctl daemon-reload
fi

# kubeadm starts it; enabled, it comes back after a reboot.
systemctl enable --quiet kubelet
# Packages install them for everybody to read; an update of the package does so again.
chmod 0600 $(systemctl show --property FragmentPath,DropInPaths --value kubelet)

# keep KEEPER FILE...: remembers the files as this step leaves them, with owner and mode.
keep() {
  local kept=/var/lib/sitewright/kept/$1 file
  shift
  rm -rf "$kept.new"
  (umask 077 && mkdir -p "$kept.new")
  for file in "$@"; do
    [[ -f $file ]] || continue
    (umask 077 && mkdir -p "$kept.new$(dirname "$file")")
    cp --preserve=mode,ownership "$file" "$kept.new$file"
  done
  rm -rf "$kept"
  mv "$kept.new" "$kept"
}

keep prepare "${written[@]}"
