import type { Apps, Credentials, Infra } from "../../../environment/contracts";
import { checkout } from "../../../lib/paths";
import { readEnvironmentFile } from "../../environment";
import { eventually } from "../cluster/pods";
import { environment, expectSuccess, kubectl, make, outputs } from "../support/harness";
import { basicAuth, get, type Way } from "../support/request";
import { save } from "./backups";

/** Seconds a new pod may take to answer. */
const BACK = { seconds: 120, interval: 500 };

export function noticeboard(): void {
  const { namespace, host } = readEnvironmentFile(environment, { directory: checkout }).apps
    .noticeboard;
  let way: Way;
  let login: Record<string, string>;

  const form = { "content-type": "application/x-www-form-urlencoded" };
  const post = (text: string, headers: Record<string, string> = {}) =>
    get(
      {
        host,
        method: "POST",
        body: new URLSearchParams({ text }).toString(),
        headers: { ...form, ...login, ...headers },
      },
      way,
    );
  const notices = async (): Promise<string[]> => {
    const { status, body } = await get({ host, path: "/notices.json", headers: login }, way);
    return status === 200
      ? (JSON.parse(body) as { text: string }[]).map(({ text }) => text)
      : [`status ${status}`];
  };

  beforeAll(async () => {
    const { address } = (await outputs<Infra>("infra", "infra")).api;
    const { ingressCaCertificate } = await outputs<Required<Apps>>("apps", "apps");
    way = { address, ca: ingressCaCertificate };
    const credentials = await outputs<Credentials>("apps", "credentials");
    const found = credentials.find(({ name }) => name === "Noticeboard");
    login = basicAuth(found?.user ?? "", found?.secret ?? "");
  });

  test("it wants the password that make credentials prints", async () => {
    for (const headers of [{}, basicAuth("operator", "wrong")]) {
      const { status, body } = await get({ host, path: "/notices.json", headers }, way);
      expect(status).toBe(401);
      expect(body).toContain("make credentials");
    }
  });

  test("a notice is shown as text, and none is taken from another site's page", async () => {
    expect((await post("<b>Maintenance</b> at 22:00")).status).toBe(303);
    expect((await post("forged", { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect(await notices()).toEqual(["<b>Maintenance</b> at 22:00"]);
    const { body } = await get({ host, headers: login }, way);
    expect(body).toContain("&lt;b&gt;Maintenance&lt;/b&gt; at 22:00");
  });

  test("notices outlive their pod, and a restore brings back those of the backup", async () => {
    const before = await notices();
    const backup = await save("noticeboard");
    await kubectl(["delete", "pod", "--namespace", namespace, "noticeboard-0"]);
    await eventually([before.join()], async () => (await notices()).join(), BACK);
    expect((await post("after the backup")).status).toBe(303);
    expect(await notices()).toEqual(["after the backup", ...before]);

    expectSuccess(await make("restore", { variables: { APP: "noticeboard", FROM: backup } }));
    expect(await notices()).toEqual(before);
  });
}
