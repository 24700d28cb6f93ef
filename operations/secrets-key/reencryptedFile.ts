import { isMap, isPair, isScalar, parseDocument, stringify, visit } from "yaml";

/** Keys of an environment's file that say how its secrets are encrypted; the engine writes them. */
const ENCRYPTION_KEYS = ["secretsprovider", "encryptedkey", "encryptionsalt"];

/** One piece of the text that another one takes the place of. */
interface Edit {
  from: number;
  to: number;
  text: string;
}

/**
 * An environment's file with the secrets that the engine has re-encrypted. The engine writes such a file without empty lines and
 * in its own style; here only the encrypted values change, so that a reviewer sees just that.
 *
 * @param original - The file as it is.
 * @param encrypted - The same file as the engine has written it.
 */
export function reencryptedFile(original: string, encrypted: string): string {
  const before = parseDocument(original);
  const after = parseDocument(encrypted);
  const edits: Edit[] = [];
  if (!isMap(before.contents)) {
    return encrypted;
  }
  let head = stringify(
    Object.fromEntries(
      ENCRYPTION_KEYS.flatMap((key) => (after.has(key) ? [[key, after.get(key)]] : [])),
    ),
    { lineWidth: 0 },
  );
  for (const { key, value } of before.contents.items) {
    if (isScalar(key) && isScalar(value) && ENCRYPTION_KEYS.includes(String(key.value))) {
      // A node's third position is where the next one begins.
      edits.push({ from: key.range?.[0] ?? 0, to: value.range?.[2] ?? 0, text: head });
      head = "";
    }
  }
  if (head !== "") {
    const start = before.contents.range?.[0] ?? 0;
    edits.push({ from: start, to: start, text: head });
  }
  visit(before, {
    Pair(_, { key, value }, ancestors) {
      if (!isScalar(key) || key.value !== "secure" || !isScalar(value) || !value.range) {
        return;
      }
      const path = [
        ...ancestors.filter(isPair).map((pair) => (pair.key as { value: unknown }).value),
        "secure",
      ];
      edits.push({ from: value.range[0], to: value.range[1], text: String(after.getIn(path)) });
    },
  });
  return edits
    .sort((one, other) => other.from - one.from)
    .reduce(
      (text, { from, to, text: piece }) => text.slice(0, from) + piece + text.slice(to),
      original,
    );
}
