import { execa } from "execa";

import { readEnvironmentFile } from "../../environment";
import { CERTIFICATE_CONFIG, RENEWAL } from "../../../cluster/certificates/renewal";
import { resetScript } from "../../../cluster/kubeadm/reset";
import { checkout } from "../../../lib/paths";
import { eventually } from "../../e2e/cluster/pods";
import {
  changesIn,
  environment,
  expectSuccess,
  kubectl,
  make,
  onMachine,
} from "../../e2e/support/harness";
import { upWith } from "../../e2e/support/changedConfig";
import { fastTimer } from "./fastTimer";

/** The timer runs every five seconds, as if each of them were a day. */
const TIMER = fastTimer(RENEWAL, 5);

const KUBELET_CERTIFICATE = "/var/lib/kubelet/pki/kubelet-client-current.pem";

/** The end of a year: all of kubeadm's certificates have an hour left. */
const AN_HOUR_LEFT = `sed 's/^kind: ClusterConfiguration/&\\ncertificateValidityPeriod: 1h0m0s/' ${CERTIFICATE_CONFIG} >/run/short.yaml
flock /run/sitewright-kubeadm.lock kubeadm certs renew all --config /run/short.yaml >/dev/null
rm /run/short.yaml`;

/** A year of a site, and a kubeconfig that got into wrong hands. */
export function certificates(): void {
  const { nodes, loadBalancer } = readEnvironmentFile(environment, { directory: checkout });
  const { name: controlPlane } = nodes.find(({ role }) => role === "control-plane")!;
  // Nothing that keeps data runs in the other zone.
  const { name: worker } = nodes.find(
    ({ role, zone }) => role === "worker" && zone !== loadBalancer.zone,
  )!;
  const onControlPlane = (script: string): Promise<string> =>
    onMachine(controlPlane, "bash", "-ec", script);
  const daysLeft = async (): Promise<number> => {
    const end = await onControlPlane(
      "openssl s_client -connect 127.0.0.1:6443 </dev/null 2>/dev/null | openssl x509 -noout -enddate | cut -d = -f 2",
    );
    return (Date.parse(end) - Date.now()) / 86_400_000;
  };
  const unchanged = async (): Promise<void> => {
    const again = await make("up");
    expectSuccess(again);
    expect(changesIn(again)).toEqual([]);
  };

  const startTimer = () => onControlPlane(`systemctl start ${RENEWAL}.timer`);
  const renewed = async (): Promise<void> => {
    const state = async () => ((await daysLeft()) > 300 ? "renewed" : "not yet");
    expect(await eventually(["renewed"], state, { seconds: 180 })).toBe("renewed");
  };
  const shortNow = async (): Promise<void> => {
    const served = async () => ((await daysLeft()) < 1 ? "short" : "long");
    expect(await eventually(["short"], served, { seconds: 120 })).toBe("short");
  };
  const identity = () => onMachine(worker, "sha256sum", KUBELET_CERTIFICATE);

  /** A worker joins as a machine that was made again, and etcd and an application are saved. */
  async function joinsAndSaves(): Promise<void> {
    const before = await identity();
    await execa(
      "docker",
      ["exec", `sitewright-${worker}`, "bash", "-euo", "pipefail", "-c", resetScript()],
      { timeout: 300_000 },
    );
    await kubectl(["delete", "node", worker]);
    expectSuccess(await make("up"));
    expect(await identity()).not.toBe(before);
    const status = async () => `${(await make("status")).exitCode}`;
    expect(await eventually(["0"], status, { seconds: 180, interval: 2000 })).toBe("0");
    for (const APP of ["etcd", "consul"]) {
      expectSuccess(await make("backup", { variables: { APP } }));
    }
  }

  test.each(["before", "during", "after"] as const)(
    "a year ends, and %s the renewal by the timer a worker joins and backups are made: up and status work",
    async (moment) => {
      await onControlPlane(TIMER.fast);
      try {
        await onControlPlane(`systemctl stop ${RENEWAL}.timer; ${AN_HOUR_LEFT}`);
        if (moment === "before") {
          await shortNow();
          await joinsAndSaves();
          await startTimer();
          await renewed();
        } else if (moment === "during") {
          await Promise.all([startTimer().then(renewed), joinsAndSaves()]);
        } else {
          await startTimer();
          await renewed();
          await joinsAndSaves();
        }
        await unchanged();
        expectSuccess(await make("status"));
      } finally {
        await onControlPlane(TIMER.usual);
      }
    },
    20 * 60_000,
  );

  test("an hour left and no timer: up renews, in its first update only", async () => {
    await onControlPlane(`systemctl stop ${RENEWAL}.timer; ${AN_HOUR_LEFT}`);
    await shortNow();
    const update = await make("up");
    expectSuccess(update);
    expect(update.output).toContain("An API server's certificate is due");
    expect(await daysLeft()).toBeGreaterThan(300);
    await unchanged();
  });

  test("a kubeconfig that the cluster refuses: make up gets another one", async () => {
    await kubectl(["delete", "clusterrolebinding", "sitewright:operators"]);
    expectSuccess(await make("up"));
    expect(await kubectl(["auth", "can-i", "*", "*"])).toBe("yes");
    await unchanged();
  });

  test("another generation takes the rights from the kubeconfig of before, and the site goes on", async () => {
    const whoami = ["auth", "whoami", "--output=jsonpath={.status.userInfo.groups}"];
    expect(await kubectl(whoami)).toContain("sitewright:operators:1");
    await onControlPlane("cp /etc/kubernetes/operator.conf /run/former.conf");
    expectSuccess(
      await upWith("cluster", (configuration) => {
        configuration["site:kubernetes"]["kubeconfigGeneration"] = 2;
      }),
    );
    const former = await onControlPlane(
      "kubectl --kubeconfig /run/former.conf get nodes 2>&1 || true; rm /run/former.conf",
    );
    expect(former).toContain("Forbidden");
    // And back to the committed one, which gets a fresh kubeconfig too.
    expectSuccess(await make("up"));
    expect(await kubectl(whoami)).toContain("sitewright:operators:1");
    await unchanged();
  });
}
