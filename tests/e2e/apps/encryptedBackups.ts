import { gunzipSync, inflateSync } from "node:zlib";

import { HOME_BACKUP } from "../../../apps/confluence/settings";
import { backupKeysContract } from "../../../environment/contracts";
import { quote } from "../../../lib/bash";
import { sha256 } from "../../../lib/digests/sha256";
import { checkout } from "../../../lib/paths";
import { readEnvironmentFile } from "../../environment";
import { madeUpSecret } from "../secrets/collect";
import { base64Forms } from "../secrets/needles";
import { Board } from "../support/board";
import { environment, expectSuccess, kubectl, make, outputs } from "../support/harness";
import { openedBackup } from "../support/openedBackup";
import { Wiki } from "../support/wiki";
import { onBackups, onVolume, save } from "./backups";

/** A key of Consul's that nothing reads. */
const KEY = "e2e/backup-canary";

/** A file in Confluence's home. */
const ATTACHMENT = "attachments/e2e-canary";

/**
 * What an application keeps is not found in its backups on their volume, and is in them. All that backups are otherwise, restores
 * after a loss first of all, is a drill.
 */
export function encryptedBackups(): void {
  const { apps, kubernetes } = readEnvironmentFile(environment, { directory: checkout });
  const { consul, confluence, noticeboard } = apps;
  const canary = madeUpSecret().text;
  const saved = [
    { app: "consul", namespace: consul.namespace },
    { app: "confluence", namespace: confluence.namespace },
    { app: HOME_BACKUP, namespace: confluence.namespace },
    { app: "noticeboard", namespace: noticeboard.namespace },
  ];
  const names: Record<string, string> = {};
  let board: Board;

  beforeAll(async () => {
    board = await Board.find();
    expect((await board.post(canary)).status).toBe(303);
    await (await Wiki.find()).write(confluence.publicHost.name, "e2e backup canary", canary);
    await consulKv(consul.namespace, "put", KEY, canary);
    await inHome(`mkdir -p attachments; printf %s ${canary} >${ATTACHMENT}`);
    for (const { app } of saved) {
      names[app] = await save(app);
    }
  });
  afterAll(async () => {
    await consulKv(consul.namespace, "delete", KEY);
    await inHome(`rm -rf ${ATTACHMENT} .former`);
  });

  /** Runs a script in Confluence's home. */
  const inHome = (script: string) =>
    onVolume("home", { app: HOME_BACKUP, namespace: confluence.namespace }, script);

  test.each(saved)("$app: a canary is in the backup, and not on its volume", async (each) => {
    const name = names[each.app] ?? "";
    const read = `for file in ${name} ${name}.manifest; do base64 -w 0 "$file"; echo; done; ls`;
    const [file = "", manifest = "", ...listed] = (
      await onBackups(each.app, each.namespace, read)
    ).split("\n");
    const [content, proof] = [file, manifest].map((text) => Buffer.from(text, "base64"));
    expect(listed).toEqual(expect.arrayContaining([name, `${name}.manifest`]));
    // Nor are there any others than those that are encrypted.
    expect(listed.filter((one) => !/\.enc(\.manifest)?$/.test(one))).toEqual([]);
    const keys = backupKeysContract
      .parse(await outputs("apps", "backupKeys"))
      .find(({ app }) => app === each.app)!;
    // The search finds it where it is: backups of Consul and PostgreSQL are compressed.
    expect(has(openedBackup(content!, proof!, keys), canary)).toBe(true);
    expect(has(content!, canary)).toBe(false);
    expect(has(proof!, canary)).toBe(false);
  });

  test("one is restored, and what opened it is gone from the cluster", async () => {
    expect((await board.post("after the backup")).status).toBe(303);
    const variables = { APP: "noticeboard", FROM: names["noticeboard"] ?? "" };
    expectSuccess(await make("restore", { variables }));
    expect((await board.notices())[0]).toBe(canary);
    const secrets = await kubectl(["get", "secrets", "-n", noticeboard.namespace, "-o", "name"]);
    expect(secrets.split("\n").filter((one) => /\/restore-/.test(one))).toEqual([]);
  });

  test("Confluence's home is restored, and Confluence runs on it", async () => {
    await inHome(`rm ${ATTACHMENT}; printf x >attachments/after-the-backup`);
    const variables = { APP: HOME_BACKUP, FROM: names[HOME_BACKUP] ?? "" };
    expectSuccess(await make("restore", { variables }));
    const files = await inHome(`cat ${ATTACHMENT}; echo; ls attachments .former/attachments`);
    expect(files.split("\n").filter((line) => line !== "")).toEqual([
      canary,
      ...[".former/attachments:", "after-the-backup"],
      ...["attachments:", "e2e-canary"],
    ]);
  });

  test("one that older programs have made is restored, and make status tells of it until it is gone", async () => {
    const { app, namespace } = saved.at(-1)!;
    const text = JSON.stringify([{ text: "of older programs", at: "2026-01-01T00:00:00Z" }]);
    const name = "noticeboard-20260101T000000Z.notices";
    await onBackups(app, namespace, readable(name, text, kubernetes.clusterName));
    try {
      expectSuccess(await make("restore", { variables: { APP: app, FROM: name } }));
      expect(await board.notices()).toEqual(["of older programs"]);
      await save(app);
      const status = await make("status");
      expect(status.output).toMatch(/backups of noticeboard .* not encrypted, 1 in number/);
    } finally {
      await onBackups(app, namespace, `rm -f -- ${name} ${name}.json`);
      await save(app);
    }
    expect((await make("status")).output).not.toContain("not encrypted");
  });
}

/** Bash that makes a backup as older programs did. */
function readable(name: string, content: string, site: string): string {
  const manifest = {
    format: "sitewright-backup-1",
    ...{ site, app: "noticeboard", version: "1", created: "2026-01-01T00:00:00Z" },
    bytes: `${content.length}`,
    sha256: sha256(content),
  };
  return `umask 077
printf %s ${quote(content)} >${name}
printf '%s\\n' ${quote(JSON.stringify(manifest, null, 2))} >${name}.json`;
}

/** Runs Consul's program in a server's pod with the management token, which is in no list of processes. */
async function consulKv(namespace: string, ...words: string[]): Promise<void> {
  const secret = ["get", "secret", "--namespace", namespace, "consul-task-tokens"];
  const token = await kubectl([...secret, "-o", "go-template={{.data.management | base64decode}}"]);
  const script =
    'read -r CONSUL_HTTP_TOKEN; export CONSUL_HTTP_TOKEN; unset CONSUL_HTTP_TOKEN_FILE; exec consul kv "$@"';
  await kubectl(
    [
      ...["exec", "--stdin", "--namespace", namespace, "consul-0", "--"],
      ...["sh", "-c", script, "kv", ...words],
    ],
    `${token}\n`,
  );
}

/** Whether a text is in a file, also in base64, and in what is compressed in it. */
function has(file: Buffer, text: string): boolean {
  const forms = [text, ...base64Forms(text)];
  return unpacked(file).some((part) => forms.some((form) => part.includes(form)));
}

/** A file, and all streams of gzip and zlib in it. */
function unpacked(file: Buffer): Buffer[] {
  const parts = [file];
  for (let at = 0; at < file.length - 2; at += 1) {
    const isGzip = file[at] === 0x1f && file[at + 1] === 0x8b && file[at + 2] === 8;
    // RFC 1950: deflate with a window of 32 KiB, and a check sum of both bytes.
    const isZlib = file[at] === 0x78 && file.readUInt16BE(at) % 31 === 0;
    if (isGzip || isZlib) {
      try {
        parts.push((isGzip ? gunzipSync : inflateSync)(file.subarray(at)));
      } catch {
        // Bytes that only look like it.
      }
    }
  }
  return parts;
}
