import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { PeerCertificate, TLSSocket } from "node:tls";

import type { Apps, Infra } from "../../environment/contracts";
import { outputs } from "./harness";

export function ingress(): void {
  let infra: Infra;
  let apps: Apps;
  let host: string;

  beforeAll(async () => {
    infra = await outputs<Infra>("infra", "infra");
    apps = await outputs<Apps>("apps", "apps");
    const whoami = apps.urls.find(({ name }) => name === "whoami");
    host = new URL(whoami?.url ?? "").hostname;
  });

  test("whoami answers by name over TLS with a certificate of the site's CA for that name", async () => {
    const answer = await new Promise<{
      status?: number;
      body: string;
      certificate: PeerCertificate;
    }>((resolve, reject) => {
      const attempt = httpsRequest(
        {
          host: infra.loadBalancer.address,
          servername: host,
          headers: { host },
          ca: apps.ingressCaCertificate,
          agent: false,
          timeout: 10_000,
        },
        (response) => {
          const certificate = (response.socket as TLSSocket).getPeerCertificate();
          let body = "";
          response.on("data", (chunk: Buffer) => (body += chunk.toString()));
          response.on("end", () => resolve({ status: response.statusCode, body, certificate }));
        },
      );
      attempt.on("timeout", () => attempt.destroy(new Error("no answer within 10 s")));
      attempt.on("error", reject);
      attempt.end();
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/^Hostname: /m);
    expect(answer.body).toMatch(/^X-Forwarded-Proto: https$/m);
    expect(answer.certificate.subjectaltname).toContain(
      `DNS:*.${host.split(".").slice(1).join(".")}`,
    );
  });

  test("http is redirected to https", async () => {
    const answer = await new Promise<{ status?: number; location?: string }>((resolve, reject) => {
      const attempt = httpRequest(
        {
          host: infra.loadBalancer.address,
          path: "/a?b=c",
          headers: { host },
          agent: false,
          timeout: 10_000,
        },
        (response) => {
          response.resume();
          resolve({ status: response.statusCode, location: response.headers.location });
        },
      );
      attempt.on("timeout", () => attempt.destroy(new Error("no answer within 10 s")));
      attempt.on("error", reject);
      attempt.end();
    });
    expect([301, 308]).toContain(answer.status);
    expect(answer.location).toBe(`https://${host}/a?b=c`);
  });

  test("the API answers at the load balancer's address with a certificate of the cluster's CA", async () => {
    const { caCertificate, apiServer } = await outputs<{
      caCertificate: string;
      apiServer: string;
    }>("cluster", "cluster");
    expect(new URL(apiServer).hostname).toBe(infra.loadBalancer.address);
    const body = await new Promise<string>((resolve, reject) => {
      const attempt = httpsRequest(
        `${apiServer}/readyz`,
        { ca: caCertificate, agent: false, timeout: 10_000 },
        (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          response.on("end", () => resolve(text));
        },
      );
      attempt.on("timeout", () => attempt.destroy(new Error("no answer within 10 s")));
      attempt.on("error", reject);
      attempt.end();
    });
    expect(body).toBe("ok");
  });
}
