/** The machine-id of a machine of this site: the UUID of its virtual machine, in the form of machine-id(5). */
export function machineIdOf(vmId: string): string {
  return vmId.replaceAll("-", "").toLowerCase();
}

/**
 * Bash that gives a clone a machine-id of its own. A clone has its template's machine-id unless that was emptied. All clones then share
 * what is derived from it: the kubelet's machineID, and the identifier with which networkd asks for a lease. No two virtual machines
 * of a vCenter have the same UUID, so ids made of it differ.
 *
 * A member of a cluster keeps the id it has: the kubelet has reported it. networkd uses the new one from the next
 * boot on, which is early enough, because addresses are static. journald is told at once; otherwise journalctl would look in the
 * folder of the new id for what journald writes to the folder of the old one.
 * @see https://www.freedesktop.org/software/systemd/man/latest/machine-id.html
 * @see https://github.com/vmware/photon/blob/master/docs/photon_admin/clearing-the-machine-id-of-a-cloned-instance-for-dhcp.md
 */
export function ownMachineId(vmId: string): string {
  return `machine_id=${machineIdOf(vmId)}
if [[ ! -f /etc/kubernetes/kubelet.conf ]] && write /etc/machine-id "$machine_id"; then
  # D-Bus has a copy where this is no link.
  [[ ! -f /var/lib/dbus/machine-id ]] || ln --symbolic --force /etc/machine-id /var/lib/dbus/machine-id
  systemctl restart systemd-journald
fi`;
}
