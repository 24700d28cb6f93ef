import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { rotate } from "../../../../operations/commands/rotateKey";
import { secretsKey } from "../../../../operations/secrets-key/secretsKey";

const folder = mkdtempSync(join(tmpdir(), "key-"));
const file = join(folder, "passphrase");
afterAll(() => rmSync(folder, { recursive: true }));

function written(content: string, mode = 0o600): string {
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

test("a file that its owner alone may read is a passphrase, as the engine reads it", () => {
  expect(secretsKey(written("correct horse\n"))).toEqual({
    provider: "passphrase",
    passphrase: "correct horse",
    variables: { PULUMI_CONFIG_PASSPHRASE_FILE: file },
  });
});

test.each(["awskms://alias/site?region=eu-central-1", "hashivault://site"])(
  "%s is a key",
  (url) => {
    expect(secretsKey(url)).toEqual({ provider: url, variables: {} });
  },
);

test.each([
  [
    "others may read",
    () => written("correct horse", 0o640),
    /mode 0640\)\. Nothing was changed[^]*chmod 600/,
  ],
  ["is empty", () => written("\n"), /not one line/],
  ["has two lines", () => written("one\ntwo\n"), /not one line/],
  ["has the lab's passphrase", () => written("lab\n"), /the lab's, which is public/],
  ["is not there", () => join(folder, "none"), /cannot be read[^]*ENOENT/],
])("a file that %s is refused", (_name, given, message) => {
  expect(() => secretsKey(given())).toThrow(message);
});

test("without a key it is said what is missing", () => {
  expect(() => secretsKey(undefined)).toThrow(/TO=<file/);
});

test("the lab's passphrase is public and stays so", async () => {
  await expect(rotate("dev", written("correct horse"))).rejects.toThrow(/is public and stays so/);
});
