import { execa } from "execa";

import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { environment, expectSuccess, kubectl, make, onMachine } from "../support/harness";

const AUDIT_LOG = "/var/log/kubernetes/audit/audit.log";
const CA = "/etc/kubernetes/pki/ca.crt";

/**
 * What a running site keeps of its hardening. PhotonOS' own packages and their files are not seen here, nor what Kubernetes 1.27
 * makes of the same settings.
 */
export function hardening(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const controlPlane = site.nodes.find(({ role }) => role === "control-plane")!;

  test("make hardening finds no fault", expectHardened);

  test("the audit log has who made a Secret, and nothing of what is in it", async () => {
    const password = `canary-${Date.now()}`;
    // The log keeps what earlier runs did.
    const name = `e2e-audited-${Date.now()}`;
    await kubectl(["create", "secret", "generic", name, `--from-literal=password=${password}`]);
    await kubectl(["delete", "secret", name]);
    const encoded = Buffer.from(password).toString("base64");
    const count = (what: string) =>
      onMachine(controlPlane.name, "bash", "-c", `grep -c -- '${what}' ${AUDIT_LOG} || true`);
    const object = `"resource":"secrets","namespace":"default","name":"${name}"`;
    for (const verb of ["create", "delete"]) {
      expect(await count(`"verb":"${verb}".*${object}`)).toBe("1");
    }
    expect(await count(`${password}\\|${encoded}`)).toBe("0");
  });

  test("the audit log has what pulumi applies, of every kind", async () => {
    const applied = (resource: string) =>
      onMachine(
        controlPlane.name,
        ...["bash", "-c"],
        `grep '"verb":"patch".*"userAgent":"pulumi.*"resource":"${resource}"' /var/log/kubernetes/audit/*.log | grep -c '"code":201' || true`,
      );
    for (const resource of ["configmaps", "namespaces", "networkpolicies", "clusterroles"]) {
      expect({ resource, count: Number(await applied(resource)) }).not.toEqual({
        resource,
        count: 0,
      });
    }
  });

  test.each(site.nodes)(
    "the kubelet of $name proves to be that node, and speaks no old TLS",
    async ({ name, address }) => {
      const ask = (...options: string[]) =>
        onMachine(
          controlPlane.name,
          ...["bash", "-c"],
          `openssl s_client -connect ${address}:10250 -CAfile ${CA} ${options.join(" ")} </dev/null 2>&1 || true`,
        );
      const proof = await ask("-verify_ip", address, "-verify_return_error");
      expect(proof).toContain("Verify return code: 0 (ok)");
      expect(proof).toContain(`CN = system:node:${name}`);
      expect(await ask("-tls1_1", "-cipher", "ALL@SECLEVEL=0")).toContain("alert protocol version");
    },
  );

  test("a certificate request by a user who is not on the list is not approved", async () => {
    const name = "e2e-stranger";
    const { stdout: pem } = await execa("openssl", [
      ...["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-keyout", "/dev/null", "-subj", `/O=system:nodes/CN=system:node:${controlPlane.name}`],
      ...["-addext", `subjectAltName=DNS:${site.kubernetes.apiName}`],
    ]);
    const request = {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name },
      spec: {
        request: Buffer.from(`${pem}\n`).toString("base64"),
        signerName: "kubernetes.io/kubelet-serving",
        usages: ["digital signature", "server auth"],
      },
    };
    try {
      await kubectl(["apply", "-f", "-"], JSON.stringify(request));
      const said = `${name} is left as it is`;
      const journal = ["journalctl", "--unit=kubelet-csr-approver", "--output=cat", "--no-pager"];
      for (const deadline = Date.now() + 20_000; ;) {
        if ((await onMachine(controlPlane.name, ...journal)).includes(said)) {
          break;
        }
        expect(Date.now()).toBeLessThan(deadline);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      expect(await kubectl(["get", "csr", name, "-o", "jsonpath={.status.conditions}"])).toBe("");
    } finally {
      await kubectl(["delete", "csr", name, "--ignore-not-found"]);
    }
  });
}

/** Expects that `make hardening` succeeds and has checked something. */
export async function expectHardened(): Promise<void> {
  const finished = await make("hardening");
  expectSuccess(finished);
  expect(finished.output).toMatch(/\n\d+ checks on \d+ nodes: 0 failed, /);
}
