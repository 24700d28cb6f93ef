import { readFileSync } from "node:fs";
import { join } from "node:path";

import { repositoriesPreflight, useRepositories } from "../../../ssh/repositories";
import { WRITE_FUNCTION } from "../../../ssh/writeFunction";
import { run } from "./bash";

/** A flat repository with kubelet 1.36.3-1.1 and kubernetes-cni 1.9.1-1.1, signed with the key right.asc, and another key. */
const folder = join(__dirname, "signedRepository");
const key = (name: string) => readFileSync(join(folder, `${name}.asc`), "utf8").trim();

const packages = (signedBy: string, url = `file:${folder}`) => ({
  manager: "apt" as const,
  pins: {},
  repositories: [{ name: "kubernetes", url, key: signedBy }],
});

/** Debian's real apt on that repository, on a machine that has none of the packages unless `installed`. */
const preflight = (signedBy: string, version: string, installed = false, url?: string) =>
  run(
    repositoriesPreflight(packages(signedBy, url), [
      { name: "kubernetes-cni" },
      { name: "kubelet", version },
    ]),
    { "dpkg-query": installed ? "exit 0" : "exit 1" },
  );

test("a repository that is signed by its key and has the version is right, in any revision", () => {
  expect(preflight(key("right"), "1.36.3")).toMatchObject({ status: 0, stderr: "" });
  expect(preflight(key("right"), "1.36.3-1.1")).toMatchObject({ status: 0, stderr: "" });
});

test("another key is refused before anything is changed", () => {
  const { status, stderr } = preflight(key("wrong"), "1.36.3");
  expect(status).toBe(1);
  expect(stderr).toContain("NO_PUBKEY");
  expect(stderr).toContain("cannot use a repository of site:packages.repositories");
  expect(stderr).toContain("Nothing was changed.");
});

test.each(["1.36.9", "1.36", "1.36.30"])("version %s, which it lacks, is refused", (version) => {
  const { status, stderr } = preflight(key("right"), version);
  expect(status).toBe(1);
  expect(stderr).toContain(
    `no repository of site:packages.repositories has kubelet in version ${version}; there are: 1.36.3-1.1\n`,
  );
});

test("a repository that is not there is refused, but only where packages are missing", () => {
  expect(preflight(key("right"), "1.36.3", false, "file:/nowhere").status).toBe(1);
  expect(preflight(key("right"), "1.36.3", true, "file:/nowhere").status).toBe(0);
});

test("without repositories there is nothing to look at and nothing to write", () => {
  const none = { ...packages(""), repositories: [] };
  expect(repositoriesPreflight(none, [{ name: "kubelet" }])).toBe("");
  expect(useRepositories(none)).toBe("");
});

test.each(["apt", "tdnf"] as const)("%s's files name the key and nothing else", (manager) => {
  const text = useRepositories({ ...packages("KEY"), manager }).replaceAll("/etc/", "$FOLDER/");
  const path = {
    apt: "apt/sources.list.d/kubernetes.sources",
    tdnf: "yum.repos.d/kubernetes.repo",
  };
  const written = run(`${WRITE_FUNCTION}\n${text}\ncat "$FOLDER/${path[manager]}"`);
  expect(written.stderr).toBe("");
  expect(written.stdout).toMatch(
    manager === "apt"
      ? /^Types: deb\nURIs: file:.*\nSuites: \/\nSigned-By: .*apt\/keyrings\/kubernetes\.asc\n$/
      : /^\[kubernetes\]\nname=kubernetes\nbaseurl=file:.*\nenabled=1\ngpgcheck=1\ngpgkey=file:\/\/.*pki\/rpm-gpg\/kubernetes\.asc\n$/,
  );
});
