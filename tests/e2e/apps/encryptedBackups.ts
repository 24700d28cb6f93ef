import { gunzipSync, inflateSync } from "node:zlib";

import { HOME_BACKUP } from "../../../apps/confluence/settings";
import { backupKeysContract } from "../../../environment/contracts";
import { checkout } from "../../../lib/paths";
import { readEnvironmentFile } from "../../environment";
import { madeUpSecret } from "../secrets/collect";
import { base64Forms } from "../secrets/needles";
import { Board } from "../support/board";
import { environment, expectSuccess, kubectl, make, outputs } from "../support/harness";
import { openedBackup } from "../support/openedBackup";
import { Wiki } from "../support/wiki";
import { inHome, onBackups, save } from "./backups";

/** A key of Consul's that nothing reads. */
const KEY = "e2e/backup-canary";

/** A file in Confluence's home. */
const ATTACHMENT = "attachments/e2e-canary";

/**
 * What an application keeps is not found in its backups on their volume, and is in them. All that backups are otherwise, restores
 * after a loss first of all, is a drill.
 */
export function encryptedBackups(): void {
  const { consul, confluence, noticeboard } = readEnvironmentFile(environment, {
    directory: checkout,
  }).apps;
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
    await Promise.all(saved.map(async ({ app }) => (names[app] = await save(app))));
  });
  afterAll(async () => {
    await consulKv(consul.namespace, "delete", KEY);
    await inHome(`rm ${ATTACHMENT}`);
  });

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
