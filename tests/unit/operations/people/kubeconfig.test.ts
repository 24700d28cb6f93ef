import { spawnSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { readKubeconfig } from "../../../../kubernetes/kubeconfig";
import { stateDirectory } from "../../../../lib/paths";
import {
  issue,
  issuesTable,
  kubeconfig,
  type PeoplesSite,
  personalPath,
  revokeAll,
} from "../../../../operations/commands/kubeconfig";
import { issueCertificate } from "../../../../operations/people/clientCertificate";
import {
  bindingsOf,
  type Issue,
  issuesIn,
  readBindings,
} from "../../../../operations/people/issues";
import { kubeconfigOf, withAuthority } from "../../kubernetes/authority";
import { useStateFolder } from "../stateFolder";
import { PeoplesApi } from "./peoplesApi";

useStateFolder();

const SERVER = "https://172.30.10.45:6443";
const DAY = 86_400_000;

let said: string;
beforeEach(() => {
  said = "";
  jest.spyOn(console, "log").mockImplementation((line: string) => {
    said += `${line}\n`;
  });
});
afterEach(() => jest.restoreAllMocks());

/** Calls the work with a site, and its API. Time goes on by a second with each question. */
function withSite(work: (site: () => PeoplesSite, api: PeoplesApi) => Promise<void>) {
  return withAuthority(async (authority) => {
    const api = new PeoplesApi(authority);
    const operator = authority.issue("/O=sitewright:operators:1/CN=operator:then");
    let time = Date.now();
    const site = () => ({
      ...{ environment: "dev", api, now: new Date((time += 1000)) },
      kubeconfig: kubeconfigOf(SERVER, authority.ca, operator),
    });
    await work(site, api);
  });
}

/** The only kubeconfig that was written. */
function written(): { path: string; text: string } {
  const folder = join(stateDirectory(), "dev", "kubeconfigs");
  const [name, ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  const path = join(folder, name);
  return { path, text: readFileSync(path, "utf8") };
}

test("a person gets a certificate of the cluster's CA, without a group, for the site's own address", async () => {
  await withSite(async (site, api) => {
    await issue(site(), { user: "jane", role: "edit", namespace: "one, two", days: "7" });
    const { path, text } = written();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const read = readKubeconfig(text);
    if (read.kind === "broken") {
      throw new Error(read.why);
    }
    expect(read.access.server.origin).toBe(SERVER);
    const cert = new X509Certificate(read.access.cert!);
    expect(cert.checkIssued(new X509Certificate(read.access.ca))).toBe(true);
    expect(cert.checkPrivateKey(createPrivateKey(read.access.key!))).toBe(true);
    expect(cert.subject).toMatch(/^CN=jane:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const user = cert.subject.slice("CN=".length);
    expect(api.rights).toEqual([`${user} edit one`, `${user} edit two`]);
    expect(Math.abs(Date.parse(cert.validTo) - Date.now() - 7 * DAY)).toBeLessThan(60_000);
    const request = api.objects.find(({ kind }) => kind === "CertificateSigningRequest");
    expect(request?.spec).toMatchObject({
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
      expirationSeconds: 7 * 86_400,
    });
    // A request has attributes, be there any or not; the API server takes no other one, openssl does.
    const pem = Buffer.from(request!.spec!.request, "base64").toString();
    expect(spawnSync("openssl", ["asn1parse"], { input: pem }).stdout.toString()).toMatch(
      /l= +0 cons: cont \[ 0 \]/,
    );
    expect(JSON.stringify(api.objects)).not.toContain(
      Buffer.from("PRIVATE KEY").toString("base64").slice(0, 14),
    );
    expect(said).toContain(path);
    expect(said).not.toContain("PRIVATE KEY");
    expect([...api.managers]).toEqual(["sitewright-people"]);
  });
});

test("by default it is to look at all namespaces for thirty days", async () => {
  await withSite(async (site, api) => {
    await issue(site(), { user: "jane" });
    const [one] = issuesIn(await readBindings(api));
    expect(one).toMatchObject({ person: "jane", role: "view", namespaces: [] });
    expect(Math.round((one.expires!.getTime() - Date.now()) / DAY)).toBe(30);
  });
});

test("all faults are told at once, and nothing is made", async () => {
  await withSite(async (site, api) => {
    const before = structuredClone(api.objects);
    const asked = { user: "system:masters", role: "veiw", namespace: "one,tow", days: "3000" };
    const error = await issue(site(), asked).catch((reason: Error) => reason.message);
    expect(error).toContain('USER: "system:masters" is not a DNS-1123 label');
    expect(error).toContain('ROLE: the cluster has no ClusterRole "veiw"');
    expect(error).toContain('NAMESPACE: the cluster has no namespace "tow"');
    expect(error).toContain('DAYS: "3000" is not a number from 0.042 (an hour) to 365');
    expect(api.objects).toEqual(before);
  });
});

test.each([
  ["another process' user", { user: "operator" }, "take another name"],
  ["a name that is too long", { user: "a".repeat(44) }, "more than 43 characters"],
  ["an empty name", { user: "" }, 'USER: "" is not'],
  ["a role of Kubernetes' own", { role: "system:node" }, "not for people"],
  ["an empty namespace, which is not all", { namespace: "" }, 'no namespace ""'],
  ["half an hour", { days: "0.02" }, "from 0.042 (an hour)"],
  ["no number", { days: "1e2" }, '"1e2" is not a number'],
])("%s is refused", async (_, asked, why) => {
  await withSite(async (site, api) => {
    await expect(issue(site(), { user: "jane", ...asked })).rejects.toThrow(why);
    expect(api.rights).toEqual([]);
  });
});

test("a lifetime beyond the CA's is refused, with what is left", async () => {
  await withSite(async (site) => {
    // The CA of the test is made for ten years.
    const now = new Date(Date.now() + (3650 - 10) * DAY);
    await expect(issue({ ...site(), now }, { user: "jane" })).rejects.toThrow(
      /DAYS: 30 are more than the cluster's CA has left: (9\.9|10\.0)/,
    );
  });
});

test("what is revoked stays so when the same person gets another one; others keep theirs", async () => {
  await withSite(async (site, api) => {
    await issue(site(), { user: "jane", namespace: "one,two" });
    await issue(site(), { user: "jane" });
    await issue(site(), { user: "jan" });
    const former = api.rights.filter((right) => right.startsWith("jane:"));
    expect(former).toHaveLength(3);
    await revokeAll(site(), "jane");
    expect(api.rights).toHaveLength(1);
    expect(api.rights[0]).toMatch(/^jan:/);
    await issue(site(), { user: "jane" });
    expect(former).not.toContain(api.rights[1]);
    expect(api.rights[1]).toMatch(/^jane:/);
  });
});

test("the file of a revoked kubeconfig goes, if it is still here", async () => {
  await withSite(async (site) => {
    await issue(site(), { user: "jane" });
    const { path } = written();
    await revokeAll(site(), "jane");
    expect(existsSync(path)).toBe(false);
  });
});

test("a person with nothing to revoke is an error: the name may be mistyped", async () => {
  await withSite(async (site, api) => {
    await issue(site(), { user: "jane" });
    await expect(revokeAll(site(), "jnae")).rejects.toThrow("There is no kubeconfig of jnae");
    await expect(revokeAll(site(), "system:masters")).rejects.toThrow("DNS-1123");
    expect(api.rights).toHaveLength(1);
  });
});

test("rights that were given to the same users in another way are named, and are not deleted", async () => {
  await withSite(async (site, api) => {
    await issue(site(), { user: "jane" });
    const [{ user }] = issuesIn(await readBindings(api));
    api.objects.push({
      kind: "RoleBinding",
      metadata: { name: "by-hand", namespace: "two" },
      subjects: [{ kind: "User", name: user }],
      roleRef: { name: "admin" },
    });
    await expect(revokeAll(site(), "jane")).rejects.toThrow(
      /jane still has rights[^]*RoleBinding by-hand in two/,
    );
    expect(api.rights).toEqual([`${user} admin two`]);
  });
});

test("what has expired by the API server's clock goes with the next issue, and nothing else", async () => {
  await withSite(async (site, api) => {
    await issue(site(), { user: "john", days: "1" });
    await issue(site(), { user: "jill", days: "2" });
    const [, { user: johns }] = issuesIn(await readBindings(api));
    // A clock of this machine that is two days ahead proves nothing.
    const now = new Date(Date.now() + 2 * DAY);
    await issue({ ...site(), now }, { user: "jane" });
    expect(api.rights).toHaveLength(3);
    api.hoursAhead = 25;
    await issue(site(), { user: "june" });
    expect(api.rights.map((right) => right.split(":")[0])).toEqual(["jill", "jane", "june"]);
    expect(said).toContain(`Removed the rights of ${johns}: expired.`);
    expect(existsSync(personalPath("dev", johns))).toBe(false);
  });
});

test("who may not approve, or a signer that fails, leaves no rights and no file", async () => {
  await withSite(async (site, api) => {
    api.mayApprove = false;
    await expect(issue(site(), { user: "jane" })).rejects.toThrow("approval is forbidden");
    api.mayApprove = true;
    api.signer = "fails";
    await expect(issue(site(), { user: "jane-42" })).rejects.toThrow(
      /signs no certificate[^]*CertificateSigningRequest sitewright-jane-42-\d{8}t\d{6}z[^]*Failed SignerValidationFailure/,
    );
    expect(api.rights).toEqual([]);
    expect(existsSync(join(stateDirectory(), "dev", "kubeconfigs"))).toBe(false);
    api.signer = "signs";
    await issue(site(), { user: "jane" });
    expect(api.rights).toHaveLength(1);
  });
});

test("a signer that does not answer is waited for until a deadline", async () => {
  await withSite(async (_, api) => {
    api.signer = "sleeps";
    const person = { person: "jane", user: "jane:2026-11-30T14:05:09Z", seconds: 3600 };
    await expect(issueCertificate(api, person, { deadline: 300, interval: 50 })).rejects.toThrow(
      "nothing was signed within 0.3 s",
    );
  });
});

test("rights come last: when they are given, the file that may use them is there", async () => {
  await withSite(async (site, api) => {
    let files = 0;
    api.onBinding = () => {
      files = readdirSync(join(stateDirectory(), "dev", "kubeconfigs")).length;
    };
    await issue(site(), { user: "jane" });
    expect(files).toBe(1);
  });
});

test("a binding that fails takes the others and the file with it", async () => {
  await withSite(async (site, api) => {
    api.refuses = "RoleBinding";
    await expect(issue(site(), { user: "jane", namespace: "one,two" })).rejects.toThrow(
      "cannot create RoleBinding",
    );
    expect(api.rights).toEqual([]);
    expect(readdirSync(join(stateDirectory(), "dev", "kubeconfigs"))).toEqual([]);
  });
});

test("the list says who may do what, where and until when", () => {
  const common = { person: "jane", role: "view" };
  const issues: (Issue & { expires: Date })[] = [
    {
      ...{ ...common, user: "jane:2026-11-30T14:05:09Z", namespaces: ["two", "one"] },
      expires: new Date("2026-12-30T14:05:10Z"),
    },
    {
      ...{ ...common, user: "jane:2026-01-30T14:05:09Z", namespaces: [] },
      expires: new Date("2026-02-01T14:05:10Z"),
    },
  ];
  const bindings = JSON.parse(JSON.stringify(issues.flatMap((one) => bindingsOf(one)))) as never[];
  const table = issuesTable(issuesIn(bindings), new Date("2026-12-01T14:05:10Z"));
  expect(table.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["PERSON", "USER", "ROLE", "IN", "ENDS", "LEFT"],
    ["jane", "jane:2026-01-30T14:05:09Z", "view", "all namespaces", "2026-02-01T14:05Z", "expired"],
    ["jane", "jane:2026-11-30T14:05:09Z", "view", "one, two", "2026-12-30T14:05Z", "29 days"],
  ]);
  expect(issuesTable([], new Date())).toBe("No kubeconfig was issued to a person.");
});

test.each([
  [{ role: "view" }, "Whose kubeconfig?"],
  [{ revoke: "1" }, "Whose kubeconfig?"],
  [{ user: "jane", revoke: "1", role: "view" }, "REVOKE=1 takes away all"],
  [{ user: "jane", revoke: "0" }, "REVOKE=1 takes away all"],
])("%j make no sense together", async (words, why) => {
  await expect(kubeconfig("dev", words)).rejects.toThrow(why);
});
