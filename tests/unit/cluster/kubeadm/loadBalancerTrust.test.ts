import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { distrustScript, trustScript } from "../../../../cluster/kubeadm/loadBalancerTrust";
import { renderHaproxy } from "../../../../infra/load-balancer/haproxy";
import { HAPROXY_CONFIG, LOAD_HAPROXY } from "../../../../ssh/haproxy";
import { LAST_APPLIED_FOLDER } from "../../../../ssh/lastApplied";
import { site } from "../../environment/site";

/** A machine with an HAProxy that takes every configuration and has a new process after every reload and restart. */
class Machine {
  private readonly root = mkdtempSync(join(tmpdir(), "load-balancer-"));
  private readonly haproxy = join(this.root, "haproxy");

  constructor(options: { check: "L7OK" | "L6RSP"; refuses?: boolean }) {
    mkdirSync(this.haproxy);
    const programs = {
      haproxy: options.refuses ? "exit 1" : "true",
      systemctl: `case $1 in
  is-active) [[ -f ${this.root}/proc/7/cmdline ]] ;;
  show) echo 7 ;;
  restart) printf '%s\\0' haproxy -Ws -f ${this.haproxy} -p x >${this.root}/proc/7/cmdline ;&
  reload)
    echo $1 >>${this.root}/loads
    ls ${this.haproxy} >${this.root}/loaded
    ;;
esac`,
      // Asked for its process: how often it was loaded; for its servers: how the check went with the CA, fine without.
      socat: `read -r question
if [[ $question == "show info" ]]; then
  echo "Pid: $(cat ${this.root}/loads 2>/dev/null | wc -l)"
else
  check=L7OK; [[ ! -s ${this.haproxy}/cluster-ca.crt ]] || check=${options.check}
  printf 'k8s_nodes_master,master,0,0,0,0,,0,0,0,,0,,0,0,0,0,UP,1,1,0,0,0,5,0,,1,3,1,,0,,2,0,,0,%s,200\\n' $check
fi`,
    };
    mkdirSync(join(this.root, "bin"));
    mkdirSync(join(this.root, "proc/7"), { recursive: true });
    for (const [name, body] of Object.entries(programs)) {
      writeFileSync(join(this.root, "bin", name), `#!/bin/bash\n${body}\n`);
      chmodSync(join(this.root, "bin", name), 0o755);
    }
  }

  run(script: string, input: string): number | null {
    // Seconds of waiting for what does not come are not what is tested.
    const here = script
      .replaceAll("/etc/haproxy", this.haproxy)
      .replaceAll("/proc/", join(this.root, "proc/"))
      .replaceAll(LAST_APPLIED_FOLDER, join(this.root, "kept"))
      .replaceAll("SECONDS + 30", "SECONDS + 1");
    return spawnSync("bash", ["--norc", "-euo", "pipefail", "-c", here], {
      input,
      env: { PATH: `${join(this.root, "bin")}:${process.env["PATH"]}` },
    }).status;
  }

  infra(config = renderHaproxy(site("dev"))): number | null {
    return this.run(`${LOAD_HAPROXY}\nconfigure_haproxy ${HAPROXY_CONFIG}\n`, config);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.haproxy, name), text);
  }

  remove(name: string): void {
    rmSync(join(this.haproxy, name));
  }

  read(name: string): string | undefined {
    const path = join(this.haproxy, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }

  /** Whether the configuration in force checks with the CA. */
  get checksCa(): boolean {
    return this.lines("loaded").includes("cluster-ca.cfg");
  }

  /** How HAProxy was made to load its configuration, each time. */
  get loads(): string[] {
    return this.lines("loads");
  }

  /** One that was started with haproxy.cfg alone. */
  startWithOneFile(): void {
    writeFileSync(join(this.root, "proc/7/cmdline"), `haproxy\0-f\0${this.haproxy}/haproxy.cfg\0`);
  }

  private lines(name: string): string[] {
    return readFileSync(join(this.root, name), "utf8").trim().split("\n");
  }

  end(): void {
    rmSync(this.root, { recursive: true });
  }
}

describe("a load balancer's machine", () => {
  let machine: Machine;
  const given = (options: ConstructorParameters<typeof Machine>[0]) =>
    (machine = new Machine(options));
  afterEach(() => machine.end());

  test("checks with the CA from when it has it, whichever stack runs last, and no longer without", () => {
    given({ check: "L7OK" });
    expect([machine.infra(), machine.checksCa]).toEqual([0, false]);
    expect([machine.run(trustScript(), "the CA\n"), machine.checksCa]).toEqual([0, true]);
    expect(machine.read("cluster-ca.crt")).toBe("the CA\n");
    expect([machine.infra(), machine.checksCa]).toEqual([0, true]);
    expect([machine.run(trustScript(), "another\n"), machine.checksCa]).toEqual([0, true]);
    expect(machine.read("cluster-ca.crt")).toBe("another\n");
    expect([machine.run(distrustScript(), ""), machine.checksCa]).toEqual([0, false]);
    expect(machine.read("cluster-ca.crt")).toBeUndefined();
    expect([machine.run(distrustScript(), ""), machine.infra(), machine.checksCa]).toEqual([
      ...[0, 0],
      false,
    ]);
  });

  test("does not keep a CA with which no API server passes, and says so by its exit code", () => {
    given({ check: "L6RSP" });
    machine.infra();
    expect(machine.run(trustScript(), "a wrong CA\n")).toBe(1);
    expect(machine.read("cluster-ca.crt")).toBeUndefined();
    expect(machine.checksCa).toBe(false);
  });

  test("is restarted once if its HAProxy reads haproxy.cfg alone, and reloaded from then on", () => {
    given({ check: "L7OK" });
    machine.startWithOneFile();
    expect([machine.infra(), machine.run(trustScript(), "the CA\n"), machine.infra()]).toEqual([
      ...[0, 0, 0],
    ]);
    expect(machine.loads).toEqual(["restart", "reload", "reload"]);
  });

  test("goes on where a step was killed: with a certificate that no configuration names yet, or no longer", () => {
    given({ check: "L7OK" });
    machine.infra();
    machine.write("cluster-ca.crt", "half of a");
    machine.write("cluster-ca.cfg.new", "global\n");
    expect([machine.infra(), machine.checksCa]).toEqual([0, false]);
    expect([machine.run(trustScript(), "the CA\n"), machine.checksCa]).toEqual([0, true]);
    expect(machine.read("cluster-ca.crt")).toBe("the CA\n");
    machine.remove("cluster-ca.cfg");
    expect([machine.run(distrustScript(), ""), machine.checksCa]).toEqual([0, false]);
    expect(machine.read("cluster-ca.crt")).toBeUndefined();
  });

  test("that is new has nothing to take away", () => {
    given({ check: "L7OK" });
    expect(machine.run(distrustScript(), "")).toBe(0);
  });

  test("keeps its configuration when HAProxy refuses another", () => {
    given({ check: "L7OK", refuses: true });
    expect(machine.infra()).toBe(1);
    expect(machine.read("haproxy.cfg")).toBeUndefined();
  });
});
