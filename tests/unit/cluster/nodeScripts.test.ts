import { kernelPreflight } from "../../../cluster/node/kernel";
import { machineIdOf, ownMachineId } from "../../../cluster/node/machineId";
import { hideFromVcenter, leaveToPodNetwork } from "../../../cluster/node/podInterfaces";
import { WRITE_FUNCTION } from "../../../ssh/writeFunction";
import { site } from "../environment/site";
import { run } from "../ssh/bash";
import { vmIdOf } from "../vmId";

/** Parts of the preparation of a node, run in a folder that stands for the machine's root. */
const here = (part: string) =>
  `${WRITE_FUNCTION}\n${part}\n`.replaceAll(/(?<=[ "])\/(etc|var|sys|lib)\//g, "$FOLDER/$1/");

/** Notes what a program is asked. */
const noted = (name: string) => `echo "${name} $*" >>"$FOLDER/log"`;

describe("write", () => {
  const write = (content: string) =>
    `${WRITE_FUNCTION}\nif write $FOLDER/a/b '${content}'; then echo changed; fi\n`;

  test("says whether something changed, and leaves a file alone that is right", () => {
    const { stdout } = run(
      `${write("x y")}${write("x y")}${write("z")}cat $FOLDER/a/b; stat --format=%a $FOLDER/a/b; ls $FOLDER/a`,
    );
    expect(stdout).toBe("changed\nchanged\nz\n644\nb\n");
  });

  test("ends the script where it cannot be done", () => {
    const { status, stderr, stdout } = run(`touch $FOLDER/a\n${write("x")}echo on`);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/cannot write .*\/a\/b; the reason stands above/);
  });
});

describe("the machine-id", () => {
  const vmId = "4215E1DE-26bb-0a1b-8f0e-2b6d3c1a9f42";
  const own = here(ownMachineId(vmId));
  const programs = { systemctl: noted("systemctl") };
  const template =
    "mkdir -p $FOLDER/etc; echo 0123456789abcdef0123456789abcdef >$FOLDER/etc/machine-id\n";
  const show = "\ncat $FOLDER/etc/machine-id";

  test("has the form systemd asks for, and no two machines have the same", () => {
    expect(machineIdOf(vmId)).toBe("4215e1de26bb0a1b8f0e2b6d3c1a9f42");
    const ids = site("prd").nodes.map(({ name }) => machineIdOf(vmIdOf(name)));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each([
    ["its template's", template],
    ["an empty file", "mkdir -p $FOLDER/etc; : >$FOLDER/etc/machine-id\n"],
    ["none", ""],
  ])("a clone with %s gets its own, once", (_name, before) => {
    const { stdout, log } = run(before + own + own + show, programs);
    expect(stdout).toBe(`${machineIdOf(vmId)}\n`);
    expect(log).toBe("systemctl restart systemd-journald\n");
  });

  test("a member of a cluster keeps what the kubelet has reported", () => {
    const member = "mkdir -p $FOLDER/etc/kubernetes; touch $FOLDER/etc/kubernetes/kubelet.conf\n";
    expect(run(template + member + own + show, programs)).toMatchObject({
      stdout: "0123456789abcdef0123456789abcdef\n",
      log: "",
    });
  });

  test("D-Bus has no other", () => {
    const bus = "mkdir -p $FOLDER/var/lib/dbus; echo old >$FOLDER/var/lib/dbus/machine-id\n";
    const { stdout } = run(template + bus + own + "cat $FOLDER/var/lib/dbus/machine-id", programs);
    expect(stdout).toBe(`${machineIdOf(vmId)}\n`);
  });
});

describe("networkd", () => {
  const leave = here(leaveToPodNetwork(site("dev")));
  const programs = { systemctl: "exit 0", networkctl: noted("networkctl") };

  test("leaves the pod network's interfaces alone, and is told once", () => {
    const { stdout, log } = run(
      `${leave}${leave}cd $FOLDER/etc/systemd/network; tail --lines=+1 *`,
      programs,
    );
    expect(stdout).toBe(
      "==> 05-pod-network.network <==\n[Match]\n" +
        "Name=antrea-* ovs-system genev_sys_* vxlan_sys_* flannel.* cni0 kube-* veth*\n\n" +
        "[Link]\nUnmanaged=yes\n\n" +
        "==> 05-pods.network <==\n[Match]\nDriver=veth\nName=!eth0\n\n[Link]\nUnmanaged=yes\n",
    );
    expect(log).toBe("networkctl reload\n");
  });

  test("none of the names is that of a machine's own interface", () => {
    const [, patterns = ""] = /Name=(.*)/.exec(leave) ?? [];
    const script = `for pattern in ${patterns.replaceAll("*", "\\*")}; do for name in eth0 ens192 lo; do
      [[ $name != $pattern ]] || echo "$name"; done; done`;
    expect(run(script)).toMatchObject({ status: 0, stdout: "" });
  });

  test("where something else manages the network nothing is written", () => {
    const { stdout } = run(`${leave}ls $FOLDER`, { ...programs, systemctl: "exit 3" });
    expect(stdout).toBe("bin\n");
  });
});

describe("open-vm-tools", () => {
  const hide = here(hideFromVcenter(site("prd")));
  /** As the real one: `[section] key = value`, or UNSET. */
  const tools = `file=$FOLDER/$4
if [[ $2 == set ]]; then ${noted("tools")}; echo "$5" >"$file"
elif [[ -f $file ]]; then echo "[$3] $4 = $(<"$file")"
else echo "[$3] $4 UNSET"; fi`;

  test("hide the pod network from the vCenter, and are asked only once to", () => {
    const { log } = run(hide + hide, { "vmware-toolbox-cmd": tools });
    expect(log).toBe(
      "tools config set guestinfo primary-nics eth0\n" +
        "tools config set guestinfo exclude-nics antrea-*,ovs-system,genev_sys_*,vxlan_sys_*,flannel.*,cni0,kube-*,veth*," +
        "????????-??????,docker*,virbr*,cali*\n",
    );
  });

  test("are not asked where they are not installed", () => {
    expect(run(hide)).toMatchObject({ status: 0, stderr: "", log: "" });
  });
});

describe("the kernel", () => {
  const preflight = here(kernelPreflight(site("prd")));
  const without = (module: string) => ({
    modprobe: `[[ $2 != ${module} ]]`,
    uname: "echo 6.1.138-2.ph5-esx",
    hostname: "echo prdk8swok501",
  });
  const modules = "mkdir -p $FOLDER/lib/modules/6.1.138-2.ph5-esx\n";

  test("with Open vSwitch is fit for Antrea", () => {
    expect(run(preflight, { modprobe: "exit 0" })).toMatchObject({ status: 0, stderr: "" });
  });

  test("with a module built in is fit too", () => {
    const builtIn = "mkdir -p $FOLDER/sys/module/geneve\n";
    expect(run(builtIn + preflight, without("geneve"))).toMatchObject({ status: 0, stderr: "" });
  });

  test.each(["openvswitch", "geneve"])("without %s is refused, with what to install", (module) => {
    const { status, stderr } = run(modules + preflight, without(module));
    expect(status).toBe(1);
    expect(stderr).toBe(
      `prdk8swok501 runs kernel 6.1.138-2.ph5-esx without the module ${module}, and the pod network (site:cni, antrea) needs it. Nothing was changed.\n` +
        "Install a kernel that has it (PhotonOS: tdnf install linux-esx), reboot the machine, then run the same command again.\n",
    );
  });

  test("that was replaced since the boot is refused, with the reboot that helps", () => {
    const { status, stderr } = run(preflight, without("openvswitch"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/another one was installed since the machine booted\. Reboot it/);
  });

  test("is not asked for Open vSwitch where another pod network is chosen", () => {
    expect(kernelPreflight(site("dev"))).toBe("");
  });
});
