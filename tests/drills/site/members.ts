import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { eventually } from "../../e2e/cluster/pods";
import { upWith } from "../../e2e/support/changedConfig";
import {
  changesIn,
  environment,
  expectSuccess,
  kubectl,
  make,
  onMachine,
} from "../../e2e/support/harness";

/** A foreign TLS server that one machine reaches under the API's name. */
const OTHER_SERVER = (apiName: string) => `
mkdir -p /run/e2e && cd /run/e2e
openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -days 2 -subj /CN=${apiName} 2>/dev/null
setsid openssl s_server -accept 6443 -cert certificate -key key -www >/dev/null 2>&1 </dev/null &
echo $! >pid
cp /etc/hosts hosts
echo "127.0.0.1 ${apiName}" >>/etc/hosts`;
const TAKE_BACK = `cd /run/e2e && kill "$(cat pid)" && cat hosts >/etc/hosts && rm -r /run/e2e`;

/**
 * Another certificate for the API server, signed by the cluster's own CA, that is valid from one day to another; the server
 * takes it by itself. One that is over is what a site has after a year without renewal; one that has not begun is what a
 * machine sees whose clock is a year behind.
 */
const OTHER_CERTIFICATE = (from: string, until: string) => `
mkdir -p /run/e2e && cd /run/e2e && pki=/etc/kubernetes/pki
cp -p $pki/apiserver.crt kept.crt && touch index
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nrand_serial=yes\ncopy_extensions=copy\npolicy=p\n[p]\ncommonName=supplied\n' >ca.cnf
openssl x509 -x509toreq -in kept.crt -signkey $pki/apiserver.key -copy_extensions copyall -out request
openssl ca -config ca.cnf -batch -notext -md sha256 -outdir . -cert $pki/ca.crt -keyfile $pki/ca.key \\
  -in request -startdate ${from}000000Z -enddate ${until}000000Z -out other.crt
cp other.crt $pki/apiserver.crt`;
const KEPT_CERTIFICATE = `cp -p /run/e2e/kept.crt /etc/kubernetes/pki/apiserver.crt && rm -r /run/e2e`;

/** A day some years from now, as X.509 writes it. */
const day = (years: number): string => {
  const date = new Date();
  date.setFullYear(date.getFullYear() + years);
  return date.toISOString().slice(0, 10).replaceAll("-", "");
};

/** Faults of a member that must not remove it from the cluster. */
export function members(): void {
  const { nodes, zones, loadBalancer, kubernetes } = readEnvironmentFile(environment, {
    directory: checkout,
  });
  const { name: controlPlane } = nodes.find(({ role }) => role === "control-plane")!;
  const { name } = nodes.find(({ role, zone }) => role === "worker" && zone === loadBalancer.zone)!;
  const credentials = (): Promise<string> =>
    onMachine(name, "sha256sum", "/etc/kubernetes/kubelet.conf");
  const podsThere = async (): Promise<string> => {
    const there = ["get", "pods", "--all-namespaces", `--field-selector=spec.nodeName=${name}`];
    const phases = "--output=jsonpath={.items[*].status.containerStatuses[*].ready}";
    return kubectl([...there, phases]);
  };

  test("another TLS server behind the API's name: the member is left as it is", async () => {
    const before = await credentials();
    await onMachine(name, "bash", "-c", OTHER_SERVER(kubernetes.apiName));
    try {
      const changed = await upWith("cluster", (configuration) => {
        configuration["site:zones"][loadBalancer.zone].labels.e2e = "label";
      });
      expect(changed.exitCode).not.toBe(0);
      expect(changed.output).toContain("failed to verify certificate: x509:");
      expect(changed.output).toContain("is left as it is");
    } finally {
      await onMachine(name, "bash", "-c", TAKE_BACK);
    }
    expect(await credentials()).toBe(before);
    expectSuccess(await make("up"));
    expect(await credentials()).toBe(before);
  });

  const apiAnswer = (): Promise<string> =>
    kubectl(["get", "--raw", "/readyz"]).catch((error: Error) =>
      error.message.includes("certificate has expired or is not yet valid") ? "x509" : "other",
    );

  test("an API server whose certificate is over: one make up renews it, and the member is left as it is", async () => {
    const before = await credentials();
    await onMachine(controlPlane, "bash", "-ec", OTHER_CERTIFICATE(day(-2), day(-1)));
    expect(await eventually(["x509"], apiAnswer, { seconds: 180 })).toBe("x509");
    const renewed = await make("up");
    expectSuccess(renewed);
    expect(renewed.output).toContain("An API server's certificate is due");
    expect(await apiAnswer()).toBe("ok");
    expect(await credentials()).toBe(before);
    await onMachine(controlPlane, "rm", "-r", "/run/e2e");
    const again = await make("up");
    expectSuccess(again);
    expect(changesIn(again)).toEqual([]);
  });

  test("an API server whose certificate begins in a year, as for a clock that is a year behind: the member is left as it is", async () => {
    const before = await credentials();
    await onMachine(controlPlane, "bash", "-ec", OTHER_CERTIFICATE(day(1), day(2)));
    try {
      expect(await eventually(["x509"], apiAnswer, { seconds: 180 })).toBe("x509");
      const changed = await upWith("cluster", (configuration) => {
        configuration["site:zones"][loadBalancer.zone].labels.e2e = "label";
      });
      expect(changed.exitCode).not.toBe(0);
      expect(changed.output).toMatch(/certificate has expired|CERT_NOT_YET_VALID/);
    } finally {
      await onMachine(controlPlane, "bash", "-ec", KEPT_CERTIFICATE);
      expect(await eventually(["ok"], apiAnswer, { seconds: 180 })).toBe("ok");
    }
    expect(await credentials()).toBe(before);
    expectSuccess(await make("up"));
    expect(await credentials()).toBe(before);
  });

  test("a deleted Node: one make up brings it back as it was, and its pods are reached", async () => {
    const before = await credentials();
    await kubectl(["delete", "node", name]);
    expectSuccess(await make("up"));
    expect(await credentials()).toBe(before);
    const labels = ["get", "node", name, "--output=jsonpath={.metadata.labels}"];
    expect(JSON.parse(await kubectl(labels))).toMatchObject({
      "node-role.kubernetes.io/worker": "",
      ...zones[loadBalancer.zone].labels,
    });
    expect(
      await eventually(["ready"], async () =>
        (await podsThere()).includes("false") ? "not" : "ready",
      ),
    ).toBe("ready");
    const status = await eventually(["0"], async () => `${(await make("status")).exitCode}`);
    expect(status).toBe("0");
    const again = await make("up");
    expectSuccess(again);
    expect(changesIn(again)).toEqual([]);
  });
}
