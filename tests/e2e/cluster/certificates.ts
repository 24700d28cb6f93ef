import { setTimeout } from "node:timers/promises";

import { CERTIFICATE_CONFIG, RENEWAL } from "../../../cluster/certificates/renewal";
import { checkout } from "../../../lib/paths";
import { readEnvironmentFile } from "../../environment";
import { environment, kubectl, onMachine } from "../support/harness";

/** kubeadm's certificates of a running site, and the operator's kubeconfig. */
export function certificates(): void {
  const { nodes } = readEnvironmentFile(environment, { directory: checkout });
  const { name } = nodes.find(({ role }) => role === "control-plane")!;
  const onControlPlane = (script: string) => onMachine(name, "bash", "-ec", script);
  const served = (what: string) =>
    onControlPlane(
      `openssl s_client -connect 127.0.0.1:6443 </dev/null 2>/dev/null | openssl x509 -noout ${what}`,
    );

  test("the operator is a user of its own, whose rights come from one binding", async () => {
    const user = JSON.parse(await kubectl(["auth", "whoami", "--output=json"])) as {
      status: { userInfo: { username: string; groups: string[] } };
    };
    const { username, groups } = user.status.userInfo;
    expect(username).toMatch(/^operator:\d{4}-/);
    expect(groups.sort()).toEqual(["sitewright:operators:1", "system:authenticated"]);
  });

  test("each control plane looks once a day whether its certificates are due", async () => {
    expect(await onControlPlane(`systemctl is-active ${RENEWAL}.timer`)).toBe("active");
  });

  test("they are renewed, with the names that are configured, while not one request to the API fails", async () => {
    const processes = "pidof kube-apiserver etcd kube-controller-manager";
    const before = (await onControlPlane(processes)).split(" ");
    // As after a year: an hour left. And as after a move of the load balancer: a name that the certificate lacks.
    const extra = "another.example.test";
    await onControlPlane(`cd /etc/kubernetes/renewal
cp -p names /run/names && cp -p kubeadm.yaml /run/kubeadm.yaml
sed 's/^kind: ClusterConfiguration/&\\ncertificateValidityPeriod: 1h0m0s/' ${CERTIFICATE_CONFIG} >/run/short.yaml
kubeadm certs renew all --config /run/short.yaml >/dev/null
rm /run/short.yaml
echo "host ${extra}" >>names
sed -i 's/^  certSANs:$/&\\n    - ${extra}/' kubeadm.yaml`);
    const asked = { ok: 0, failed: [] as string[] };
    let isRenewing = true;
    const asking = (async () => {
      while (isRenewing) {
        await kubectl(["get", "--raw", "/readyz"]).then(
          () => asked.ok++,
          (error: Error) => asked.failed.push(error.message),
        );
        await setTimeout(100);
      }
    })();
    try {
      await onControlPlane(`systemctl start ${RENEWAL}`);
    } finally {
      isRenewing = false;
      await asking;
      await onControlPlane("mv /run/names /run/kubeadm.yaml /etc/kubernetes/renewal/");
    }
    const days = (Date.parse((await served("-enddate")).split("=")[1]!) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(300);
    expect(await served("-ext subjectAltName")).toContain(`DNS:${extra}`);
    const after = (await onControlPlane(processes)).split(" ");
    expect(before.filter((id) => !after.includes(id))).toHaveLength(1);
    expect(asked.failed).toEqual([]);
    expect(asked.ok).toBeGreaterThan(10);
    expect(await onControlPlane("compgen -G '/etc/kubernetes/.renewal.*' || true")).toBe("");
  });
}
