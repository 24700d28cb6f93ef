import type { Apps, Credentials, Infra } from "../../../environment/contracts";
import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { manifest } from "../cluster/pods";
import { environment, kubectl, onMachine, outputs } from "../support/harness";
import { basicAuth, get, type Way } from "../support/request";

export function ingress(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const { whoami, consul } = site.apps;
  const { dashboardHost, domain, namespace, routesNamespace } = site.apps.ingress;
  let secure: Way;
  let plain: Way;
  let operator: Record<string, string>;

  beforeAll(async () => {
    const { address } = (await outputs<Infra>("infra", "infra")).api;
    const { ingressCaCertificate } = await outputs<Required<Apps>>("apps", "apps");
    secure = { address, ca: ingressCaCertificate };
    plain = { address };
    const credentials = await outputs<Credentials>("apps", "credentials");
    const found = credentials.find(({ name }) => name.startsWith("Traefik's dashboard"));
    operator = basicAuth(found?.user ?? "", found?.secret ?? "");
  });

  test("whoami answers by name over TLS with a certificate of the site's CA for that name", async () => {
    const answer = await get({ host: whoami.host }, secure);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/^Hostname: /m);
    expect(answer.body).toMatch(/^X-Forwarded-Proto: https$/m);
    expect(answer.certificate?.subjectaltname).toContain(`DNS:*.${domain}`);
  });

  test("what a client says of where it comes from is not passed on", async () => {
    const headers = { "x-forwarded-for": "203.0.113.9", x_forwarded_for: "203.0.113.9" };
    const { body } = await get({ host: whoami.host, headers }, secure);
    expect(body).toMatch(/^X-Forwarded-For: /m);
    expect(body).not.toContain("203.0.113.9");
  });

  test.each(["any.host.test", whoami.host])("http is redirected to https: %s", async (host) => {
    const { status, headers } = await get({ host, path: "/a?b=c" }, plain);
    expect([301, 308]).toContain(status);
    expect(headers.location).toBe(`https://${host}/a?b=c`);
  });

  test("TLS 1.1, and TLS 1.2 without forward secrecy, are refused", async () => {
    // Level 0 allows the obsolete protocols that this machine's OpenSSL otherwise refuses.
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;
    await expect(get({ host: whoami.host, tls: old }, secure)).rejects.toThrow(/protocol version/);
    const weak = { maxVersion: "TLSv1.2", ciphers: "AES128-SHA:AES128-GCM-SHA256" } as const;
    await expect(get({ host: whoami.host, tls: weak }, secure)).rejects.toThrow(
      /handshake failure/,
    );
    const good = { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" } as const;
    expect((await get({ host: whoami.host, tls: good }, secure)).status).toBe(200);
  });

  test.each([
    ["Traefik's dashboard", dashboardHost, "/dashboard/", /traefik/i],
    ["Traefik's API", dashboardHost, "/api/overview", /"routers"/],
    ["Consul's UI", consul.uiHost, "/ui/", /consul/i],
    ["Consul's catalog, read by the UI", consul.uiHost, "/v1/catalog/nodes", /"consul-0"/],
  ])("%s wants the operator's password", async (_, host, path, content) => {
    expect((await get({ host, path }, secure)).status).toBe(401);
    const wrong = basicAuth(site.apps.ingress.operator, "wrong");
    expect((await get({ host, path, headers: wrong }, secure)).status).toBe(401);
    const answer = await get({ host, path, headers: operator }, secure);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(content);
  });

  test("the operator reads Consul's KV store and does not write it", async () => {
    const path = "/v1/kv/traefik/e2e";
    const put = { host: consul.uiHost, path, method: "PUT", body: "x", headers: operator };
    expect((await get(put, secure)).status).toBe(403);
  });

  test("figures and probes are not reached from outside, nor through the ingress", async () => {
    for (const path of ["/metrics", "/ping", "/ready"]) {
      const { status } = await get({ host: `unknown.${domain}`, path }, secure);
      expect(status).toBe(404);
    }
    const pods = JSON.parse(
      await kubectl([
        "get",
        "pods",
        "--namespace",
        namespace,
        "--selector=app=traefik",
        "-o",
        "json",
      ]),
    ) as { items: { status: { podIP: string } }[] };
    const [controlPlane] = site.nodes.filter(({ role }) => role === "control-plane");
    for (const { status } of pods.items) {
      for (const port of [8080, 9100]) {
        const reach = `timeout 3 bash -c ': </dev/tcp/${status.podIP}/${port}' 2>&1 || echo refused`;
        expect(await onMachine(controlPlane?.name ?? "", "bash", "-c", reach)).toContain("refused");
      }
    }
  });

  test("an Ingress is served as well as a route, and an application cannot open Traefik's own pages", async () => {
    const metadata = { name: "e2e-ingress", namespace: routesNamespace };
    // The one that leads to whoami's.
    const service = { name: "whoami", port: { number: 80 } };
    const host = `e2e.${domain}`;
    const rogue = `rogue.${domain}`;
    const objects = [
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata,
        spec: {
          ingressClassName: "traefik",
          rules: [
            { host, http: { paths: [{ path: "/", pathType: "Prefix", backend: { service } }] } },
          ],
        },
      },
      {
        apiVersion: "traefik.io/v1alpha1",
        kind: "IngressRoute",
        metadata,
        spec: {
          routes: [
            {
              kind: "Rule",
              match: `Host(\`${rogue}\`)`,
              services: [{ kind: "TraefikService", name: "api@internal" }],
            },
          ],
        },
      },
    ];
    await kubectl(["apply", "-f", "-"], manifest(objects));
    try {
      const deadline = Date.now() + 15_000;
      while ((await get({ host }, secure)).status !== 200 && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      expect((await get({ host }, secure)).status).toBe(200);
      expect((await get({ host: rogue, path: "/api/overview" }, secure)).status).toBe(404);
    } finally {
      await kubectl(["delete", "-f", "-"], manifest(objects));
    }
  });

  test("Traefik's account reads the Secrets of routes, and no others", async () => {
    const { caCertificate, apiServer } = await outputs<{
      caCertificate: string;
      apiServer: string;
    }>("cluster", "cluster");
    const { hostname, port } = new URL(apiServer);
    const api = { address: hostname, port: Number(port), ca: caCertificate };
    const account = ["traefik", "--namespace", namespace];
    const token = (await kubectl(["create", "token", ...account, "--duration=10m"])).trim();
    const statusOf = async (path: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      return (await get({ host: site.kubernetes.apiName, path, headers }, api)).status;
    };
    const secretsOf = (name: string) => statusOf(`/api/v1/namespaces/${name}/secrets`);
    expect(await secretsOf(routesNamespace)).toBe(200);
    expect(await statusOf("/api/v1/secrets")).toBe(403);
    const others = site.namespaces
      .map(({ name }) => name)
      .filter((name) => name !== routesNamespace);
    expect(others).toContain(site.apps.confluence.namespace);
    for (const name of [...others, "default", "kube-system"]) {
      expect([name, await secretsOf(name)]).toEqual([name, 403]);
    }
    const superuser = `${site.apps.confluence.namespace}/secrets/sec-${environment}-confluencedb`;
    expect(await statusOf(`/api/v1/namespaces/${superuser}`)).toBe(403);
    // It is there: a Secret that is not would answer the same.
    await kubectl(["get", "--raw", `/api/v1/namespaces/${superuser}`]);
  });

  test("no request fails while Traefik's pods are replaced one by one", async () => {
    const restart = kubectl(["rollout", "restart", "--namespace", namespace, "deployment/traefik"]);
    let done = false;
    const rollout = restart
      .then(() =>
        kubectl([
          "rollout",
          "status",
          "--namespace",
          namespace,
          "deployment/traefik",
          "--timeout=110s",
        ]),
      )
      .finally(() => (done = true));
    const failures: string[] = [];
    let requests = 0;
    while (!done) {
      requests += 1;
      await get({ host: whoami.host }, secure).then(
        ({ status }) => status === 200 || failures.push(`status ${status}`),
        (error: Error) => failures.push(error.message),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await rollout;
    expect(requests).toBeGreaterThan(20);
    expect(failures).toEqual([]);
  });

  test("the API answers at the load balancer's address with a certificate of the cluster's CA", async () => {
    const { caCertificate, apiServer } = await outputs<{
      caCertificate: string;
      apiServer: string;
    }>("cluster", "cluster");
    const { hostname, port } = new URL(apiServer);
    expect(hostname).toBe(secure.address);
    const way = { address: hostname, port: Number(port), ca: caCertificate };
    const { body } = await get({ host: site.kubernetes.apiName, path: "/readyz" }, way);
    expect(body).toBe("ok");
  });
}
