import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { checkout } from "../../../../lib/paths";
import { reencryptedFile } from "../../../../operations/secrets-key/reencryptedFile";

const original = readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8");

/** The file as the engine leaves it: without comments and empty lines, its keys in another order. */
function byEngine(change: (content: Record<string, unknown>) => void): string {
  const { config, ...rest } = parse(original) as Record<string, unknown>;
  for (const value of Object.values(config as Record<string, unknown>)) {
    if (typeof value === "object" && value !== null && "secure" in value) {
      value.secure = "v1:other";
    }
  }
  const content: Record<string, unknown> = { config, ...rest };
  change(content);
  return stringify(content);
}

const changedLines = (text: string): string[] =>
  text.split("\n").filter((line, index) => line !== original.split("\n")[index]);

test("another salt and other secrets take the place of the old ones, and nothing else changes", () => {
  const file = reencryptedFile(
    original,
    byEngine((content) => (content.encryptionsalt = "v1:salt")),
  );
  expect(file.split("\n")).toHaveLength(original.split("\n").length);
  expect(changedLines(file)).toEqual([
    "encryptionsalt: v1:salt",
    "    secure: v1:other",
    "    secure: v1:other",
    "    secure: v1:other",
  ]);
});

test("the key of a service takes the place of the salt, and the other way round", () => {
  const file = reencryptedFile(
    original,
    byEngine((content) => {
      delete content.encryptionsalt;
      content.secretsprovider = "awskms://alias/site";
      content.encryptedkey = "abc=";
    }),
  );
  expect(parse(file)).toMatchObject({
    secretsprovider: "awskms://alias/site",
    encryptedkey: "abc=",
  });
  expect(file).toContain("secretsprovider: awskms://alias/site\nencryptedkey: abc=\nconfig:\n");
  expect(file).not.toMatch(/^encryptionsalt/m);
  const { encryptionsalt } = parse(original) as { encryptionsalt: string };
  const back = reencryptedFile(file, stringify({ ...(parse(original) as object), encryptionsalt }));
  expect(back).toBe(original);
});

test("a file that never had a secret gets the salt before its configuration", () => {
  const file = reencryptedFile(
    "# a site\nconfig:\n  site:domain: a.b\n",
    "encryptionsalt: v1:salt\n",
  );
  expect(file).toBe("# a site\nencryptionsalt: v1:salt\nconfig:\n  site:domain: a.b\n");
});
