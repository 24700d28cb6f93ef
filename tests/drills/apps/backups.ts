import { HOME_BACKUP } from "../../../apps/confluence/settings";
import { quote } from "../../../lib/bash";
import { sha256 } from "../../../lib/digests/sha256";
import { checkout } from "../../../lib/paths";
import { inHome, onBackups, save } from "../../e2e/apps/backups";
import { eventually } from "../../e2e/cluster/pods";
import { Board } from "../../e2e/support/board";
import { environment, expectSuccess, kubectl, make } from "../../e2e/support/harness";
import { readEnvironmentFile } from "../../environment";

/** Backups that no other drill restores: Confluence's home, and what older programs have made. */
export function backups(): void {
  const { apps, kubernetes } = readEnvironmentFile(environment, { directory: checkout });
  const { namespace } = apps.noticeboard;
  const app = "noticeboard";

  test("Confluence's home comes back with its attachments, and Confluence runs on it", async () => {
    await inHome("mkdir -p attachments; printf kept >attachments/drill");
    const name = await save(HOME_BACKUP);
    await inHome("rm attachments/drill; printf x >attachments/after-the-backup");
    const restored = await make("restore", { variables: { APP: HOME_BACKUP, FROM: name } });
    expectSuccess(restored);
    console.log(/RPO .*/.exec(restored.output)?.[0]);
    const files = await inHome("cat attachments/drill; echo; ls .former/attachments attachments");
    expect(files.split("\n").filter((line) => line !== "")).toEqual([
      "kept",
      ...[".former/attachments:", "after-the-backup"],
      ...["attachments:", "drill"],
    ]);
    await inHome("rm -r attachments/drill .former");
  });

  test("one that older programs have made is restored, and make status tells of it until it is gone", async () => {
    const board = await Board.find();
    const notices = JSON.stringify([{ text: "of older programs", at: "2026-01-01" }]);
    const name = "noticeboard-20260101T000000Z.notices";
    const manifest = {
      format: "sitewright-backup-1",
      ...{ site: kubernetes.clusterName, app, version: "1", created: "2026-01-01T00:00:00Z" },
      bytes: `${notices.length}`,
      sha256: sha256(notices),
    };
    await onBackups(
      app,
      namespace,
      `umask 077
printf %s ${quote(notices)} >${name}
printf '%s\\n' ${quote(JSON.stringify(manifest, null, 2))} >${name}.json`,
    );
    const warning = /backups of noticeboard .* not encrypted, 1 in number/;
    try {
      const restored = await make("restore", { variables: { APP: app, FROM: name } });
      expectSuccess(restored);
      expect(restored.output).toContain("neither encrypted nor signed");
      expect(await board.notices()).toEqual(["of older programs"]);
      await save(app);
      expect((await make("status")).output).toMatch(warning);
    } finally {
      await onBackups(app, namespace, `rm -f -- ${name} ${name}.json`);
      await save(app);
    }
    expect((await make("status")).output).not.toMatch(warning);
  });

  test("the keys of a restore that was killed go with its Job", async () => {
    const name = await save(app);
    const secrets = async (): Promise<string[]> => {
      const all = await kubectl(["get", "secrets", "--namespace", namespace, "--output=name"]);
      return all.split("\n").filter((one) => one.includes("/restore-noticeboard-"));
    };
    const watch = (tell: (line: string) => void) => {
      const timer = setInterval(() => {
        void secrets().then((found) => found.length > 0 && tell("the keys are in the cluster"));
      }, 500);
      return { stop: () => clearInterval(timer) };
    };
    const cut = { when: /the keys are in the cluster/, signal: "SIGKILL" as const, watch };
    await make("restore", { variables: { APP: app, FROM: name }, cut });
    expect(await secrets()).not.toEqual([]);
    const jobs = await kubectl(["get", "jobs", "--namespace", namespace, "--output=name"]);
    for (const job of jobs.split("\n").filter((one) => one.includes("/restore-noticeboard-"))) {
      await kubectl(["delete", job, "--namespace", namespace, "--cascade=foreground"]);
    }
    expect(await eventually(["none"], async () => (await secrets()).join() || "none")).toBe("none");
    expectSuccess(await make("restore", { variables: { APP: app, FROM: name } }));
    expect(await secrets()).toEqual([]);
  });
}
