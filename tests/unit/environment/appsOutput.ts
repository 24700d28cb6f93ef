import type { Apps } from "../../../environment/contracts";

/** What the stack apps exports for other programs. */
export const appsOutput: Apps = {
  urls: [
    {
      ...{ name: "whoami", url: "https://whoami.coolcorp.test/", version: "1.11.0" },
      answers: [200],
      workload: { kind: "Deployment", namespace: "dev-lan-coolcorp", name: "whoami" },
    },
  ],
  ingressCaCertificate: "PEM",
  internalCertificates: [{ name: "Consul's servers", notAfter: "2027-11-21T12:00:00Z" }],
  backups: [{ app: "consul", namespace: "devsyslan", maximumAgeHours: 2 }],
  kvCertificates: {
    ...{ namespace: "devsyslan", job: "consul-kv-certificates-6e8fd594" },
    certificates: [{ host: "confluence.coolcorp.test", sha256: "a".repeat(64) }],
  },
  dashboard: {
    ...{ namespace: "devsyslan", serviceAccount: "viewer" },
    ...{ url: "https://dashboard.coolcorp.test/", tokenSeconds: 3600 },
  },
};
