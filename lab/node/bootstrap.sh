#!/bin/bash
# Makes a Debian system of some packages and writes it as a tar archive: the Debian part of the node template, and what the
# container images take files from.
#
#   bootstrap.sh PACKAGES_FILE WORK_DIRECTORY OUTPUT_TAR
#
# Runs as root. Where packages come from is read from this machine's own apt configuration, so that a mirror, a proxy or a
# pinned snapshot set up by the operator is used here too. WORK_DIRECTORY is created, and removed when the script ends.
# The archive appears under its name only when it is complete. Lines "::: text" are progress for the caller.
set -euo pipefail

packages_file=$1 work=$2 output=$3
release=bookworm

note() { echo "::: $*"; }
fail() { echo "bootstrap.sh: $*" >&2; exit 1; }

rootfs=$work/rootfs
clean() {
  for mounted in proc sys; do
    if mountpoint -q "$rootfs/$mounted"; then umount "$rootfs/$mounted"; fi
  done
  rm -rf --one-file-system "$work"
}
trap clean EXIT
[[ -e $work ]] && clean
mkdir -p "$work"

# One line a package index: code name, component, address of the repository.
indexes=$(apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk -v release="$release" '$1 == "Debian" && $3 == "main" && ($2 == release || index($2, release "-") == 1) {print $2, $3, $4}')
mirror=$(awk -v release="$release" '$1 == release {print $3; exit}' <<<"$indexes")
[[ -n $mirror ]] || fail "apt on this machine knows no Debian $release repository (component main).
Add one to /etc/apt/sources.list.d, run 'apt-get update', then run this again."

note "base system of Debian $release"
# Documentation and translations never leave the packages; the licences stay.
excludes='path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/i18n/*
path-exclude=/usr/share/lintian/*
path-exclude=/usr/share/zsh/*
path-exclude=/usr/share/bash-completion/*'
debootstrap --variant=minbase --merged-usr "$release" "$rootfs" "$mirror" >"$work/debootstrap.log" 2>&1 ||
  { tail -n 20 "$work/debootstrap.log" >&2; fail "debootstrap failed"; }

note "its packages"
echo "$excludes" >"$rootfs/etc/dpkg/dpkg.cfg.d/lean"
echo force-unsafe-io >"$rootfs/etc/dpkg/dpkg.cfg.d/unsafe-io"
awk '{print "deb", $3, $1, $2}' <<<"$indexes" >"$rootfs/etc/apt/sources.list"
# Proxy and date checks as on this machine; nothing else of its configuration.
apt-config dump Acquire | grep -iE '^Acquire::(https?(::|")|Check-)' >"$rootfs/etc/apt/apt.conf.d/00bootstrap" || true
cat /etc/resolv.conf >"$rootfs/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$rootfs/usr/sbin/policy-rc.d"
chmod 0755 "$rootfs/usr/sbin/policy-rc.d"
mount -t proc proc "$rootfs/proc"

inside() { chroot "$rootfs" /usr/bin/env -i PATH=/usr/sbin:/usr/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }
mapfile -t packages < <(sed 's/#.*//; /^[[:space:]]*$/d' "$packages_file")
{
  inside apt-get -q update &&
    inside apt-get -q -y -o APT::Get::AutomaticRemove=0 dist-upgrade &&
    inside apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0 install "${packages[@]}"
} >"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" >&2; fail "apt-get failed in the new system"; }
unfinished=$(inside dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | grep -v '^ii ' || true)
[[ -z $unfinished ]] || fail "packages are left unfinished: $unfinished"

note "cleaning"
umount "$rootfs/proc"
rm -rf "$rootfs"/var/cache/apt/* "$rootfs"/var/lib/apt/lists/* "$rootfs"/var/log/* "$rootfs"/var/cache/debconf/*-old \
  "$rootfs"/usr/share/{locale,man,info,i18n,lintian}/* \
  "$rootfs"/etc/ssh/ssh_host_* "$rootfs"/var/lib/dbus/machine-id "$rootfs"/etc/dpkg/dpkg.cfg.d/unsafe-io \
  "$rootfs"/etc/apt/apt.conf.d/00bootstrap "$rootfs"/usr/sbin/policy-rc.d "$rootfs"/tmp/* "$rootfs"/var/tmp/*
find "$rootfs/usr/share/doc" -type f ! -name copyright -delete
# An installed node never asks a package mirror: what it needs is in the template.
: >"$rootfs/etc/apt/sources.list"
# Docker binds its own resolv.conf and hostname over these, so they must be plain files.
for file in machine-id resolv.conf hostname; do
  rm -f "$rootfs/etc/$file"
  : >"$rootfs/etc/$file"
done

note "archive"
tar --create --numeric-owner --one-file-system --xattrs --sort=name --file "$output.part" --directory "$rootfs" .
mv "$output.part" "$output"
