import { spawnSync } from "node:child_process";

import { frontendsOf, renderHaproxy } from "../../../../infra/load-balancer/haproxy";
import { healthScript, renderKeepalived } from "../../../../infra/load-balancer/keepalived";
import { pairSite } from "../../environment/pair";
import { site } from "../../environment/site";
import { expectGolden } from "../../golden";

const names = ["prdk8slb501", "prdk8slb502"] as const;
const render = (name: string) => renderKeepalived({ name }, pairSite("prd"));

test.each(names)("keepalived.conf of %s", (name) => {
  expectGolden(`keepalived-${name}.conf`, render(name));
});

test("each talks only to the other", () => {
  const peers = names.map((name) => [
    /unicast_src_ip (\S+)/.exec(render(name))![1],
    /unicast_peer \{\s+(\S+)\s+\}/.exec(render(name))![1],
  ]);
  expect(peers).toEqual([
    ["192.168.10.46", "192.168.10.47"],
    ["192.168.10.47", "192.168.10.46"],
  ]);
});

test("nothing else differs but names and priorities, of which no two are equal", () => {
  const [first, second] = names.map((name) =>
    render(name).replaceAll(/prdk8slb50[12]|192\.168\.10\.4[67]|priority [0-9]+/g, ""),
  );
  expect(first).toBe(second);
  const priorities = names.map((name) => Number(/priority ([0-9]+)/.exec(render(name))![1]));
  expect(new Set(priorities).size).toBe(2);
  expect(priorities.every((priority) => priority > 0 && priority < 255)).toBe(true);
});

test("a machine that is alone has none", () => {
  expect(() => renderKeepalived({ name: "prdk8slb501" }, site("prd"))).toThrow(/no second one/);
});

describe("whether HAProxy serves", () => {
  const rows = (state: Record<string, string>) =>
    Object.entries(state).flatMap(([name, status]) => [
      `${name},FRONTEND,,,0,0,9981,0,0,0,0,0,0,,,,,${status},,,,,,,,,1,2,0`,
      // A backend without a server is nothing the other machine could do better.
      `${name},BACKEND,0,0,0,0,999,0,0,0,0,0,,0,0,0,0,DOWN,0,0,0`,
    ]);
  /** Runs the script with an HAProxy that answers this. */
  const ask = (answer: string[], exitCode = 0) => {
    const socat = `socat() { cat >/dev/null; printf '%s\\n' ${answer.map((row) => `'${row}'`).join(" ")}; return ${exitCode}; }`;
    return spawnSync("bash", ["-c", `${socat}\n${healthScript(["k8s_mst", "http", "https"])}`], {
      stdio: ["ignore", "pipe", "pipe"],
    }).status;
  };
  const open = { k8s_mst: "OPEN", http: "OPEN", https: "OPEN" };

  test("it does when it listens for all there is", () => {
    expect(ask(rows(open))).toBe(0);
  });

  test.each(["k8s_mst", "http", "https"])("it does not when it does not listen for %s", (name) => {
    expect(ask(rows({ ...open, [name]: "STOP" }))).not.toBe(0);
    const others = Object.entries(open).filter(([other]) => other !== name);
    expect(ask(rows(Object.fromEntries(others)))).not.toBe(0);
  });

  test("it does not when it does not answer", () => {
    expect(ask([], 1)).not.toBe(0);
  });

  test("it asks for the frontends that the configuration has", () => {
    const frontends = renderHaproxy(pairSite("prd")).match(/(?<=^frontend ).*/gm);
    expect(frontends).toEqual([...frontendsOf(pairSite("prd")).keys()]);
  });
});
