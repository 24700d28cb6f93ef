import { createPrivateKey, createPublicKey } from "node:crypto";

/** A text that must not be found, and the secret that it is a part of. */
export interface Needle {
  /** Where the secret comes from, such as `infra: administrator-key, privateKeyOpenssh`; never its content. */
  secret: string;
  text: string;
}

/** Shorter texts occur by chance. */
const SHORTEST = 12;

/** The search uses a piece from the middle of a longer text: a copy may be wrapped into lines. */
const LONGEST = 100;
const PIECE = 48;

/** Public parts of secret values: certificates, public keys, hashes of public things. */
const PUBLIC_PARTS = [
  /-----BEGIN (CERTIFICATE|PUBLIC KEY|CERTIFICATE REQUEST)-----[^-]+-----END \1-----/g,
  /(ssh|ecdsa)-\S+ AAAA[A-Za-z0-9+/=]+/g,
  /sha256:[0-9a-f]{64}/g,
];

/** Fields of a secret that are public: names of Consul's tokens, which its log has too; a machine's mark, a public key's hash. */
const PUBLIC_FIELDS = /accessor$|^sitewright\.mark$/;

/** What a generated secret looks like. Each match is one. */
const SECRET_SHAPES = [
  // Bootstrap token.
  /\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g,
  // Token of Consul.
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
  // Certificate key, and other hexadecimal.
  /\b[0-9a-f]{32,}\b/g,
];

/** Password, gossip key, base64: one word with letters of both cases and digits. */
const WORD = /[A-Za-z0-9+/_-]{16,}={0,2}/g;
const isRandom = (word: string): boolean =>
  /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word);

/** JSON web token: its first part says nothing but how it is signed, and many have the same. */
const WEB_TOKEN = /eyJ[\w-]+\.eyJ[\w-]+\.([\w-]+)/g;

const PRIVATE_KEY = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----([^-]+)-----END \1-----/g;

/** The texts by which a secret value is recognized wherever it, or a part of it, turns up. */
export function needlesOf(secret: string, value: unknown): Needle[] {
  return [...new Set(textsOf(value))].map((text) => ({ secret, text }));
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") {
    return textsIn(value);
  }
  if (typeof value !== "object" || value === null) {
    return [];
  }
  const inner = contentOf(value as Record<string, unknown>);
  return inner !== undefined
    ? textsOf(inner)
    : Object.entries(value).flatMap(([key, field]) =>
        PUBLIC_FIELDS.test(key) ? [] : textsOf(field),
      );
}

function textsIn(text: string): string[] {
  const own = PUBLIC_PARTS.reduce((rest, part) => rest.replaceAll(part, " "), text);
  const keys = [...own.matchAll(PRIVATE_KEY)].flatMap(([, kind, body]) => linesOf(kind, body));
  const outside = own.replaceAll(PRIVATE_KEY, " ");
  const signatures = [...outside.matchAll(WEB_TOKEN)].map(([, signature]) => signature);
  const rest = outside.replaceAll(WEB_TOKEN, " ");
  const shapes = SECRET_SHAPES.flatMap((shape) => rest.match(shape) ?? []);
  const words = (rest.match(WORD) ?? []).filter(isRandom).flatMap(wordOrContent);
  return [...keys, ...signatures, ...shapes, ...words].flatMap(piece);
}

/** A key's own lines, but for those that have its public part only. */
function linesOf(kind: string, body: string): string[] {
  const lines = body.split(/\\n|\s+/).filter((line) => line !== "");
  const own = publicPartOf(kind, Buffer.from(lines.join(""), "base64"));
  let position = 0;
  return lines.filter((line) => {
    const [from, to] = [
      Math.ceil((position * 6) / 8),
      Math.floor(((position + line.length) * 6) / 8),
    ];
    position += line.length;
    return (
      line.length >= SHORTEST &&
      !own.includes(Buffer.from(lines.join(""), "base64").subarray(from, to))
    );
  });
}

/** The public part of a private key, as it stands within the private one. */
function publicPartOf(kind: string, der: Buffer): Buffer {
  if (kind !== "OPENSSH PRIVATE KEY") {
    const label = { key: der, format: "der", type: DER_TYPES[kind] ?? "pkcs8" } as const;
    return createPublicKey(createPrivateKey(label)).export({ type: "spki", format: "der" });
  }
  // Magic, cipher, key derivation, its options, number of keys, public key: each but the first and the number with its length.
  let at = "openssh-key-v1\0".length;
  for (let field = 0; field < 3; field += 1) {
    at += 4 + der.readUInt32BE(at);
  }
  const end = at + 8 + der.readUInt32BE(at + 4);
  return der.subarray(0, end);
}

const DER_TYPES: Record<string, "sec1" | "pkcs1"> = {
  "EC PRIVATE KEY": "sec1",
  "RSA PRIVATE KEY": "pkcs1",
};

/** What base64 carries, where that is text; else the word itself. A text is found inside base64 too: see base64Forms. */
function wordOrContent(word: string): string[] {
  const content = Buffer.from(word, "base64").toString("utf8");
  return /^[\t\n\r -~]{24,}$/.test(content) ? textsIn(content) : [word];
}

function piece(text: string): string[] {
  if (text.length < SHORTEST) {
    return [];
  }
  const middle = Math.floor((text.length - PIECE) / 2);
  return [text.length > LONGEST ? text.slice(middle, middle + PIECE) : text];
}

/** A whole value that is known to be secret, whatever it looks like: a password that a person chose. */
export function wholeNeedle(secret: string, value: string): Needle[] {
  return value.length >= 8 ? [{ secret, text: value }] : [];
}

/**
 * A text as it stands inside base64 of something that contains it: three forms, by where in a group of three bytes it begins.
 * The characters that its neighbours have a part in are left out.
 */
export function base64Forms(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const from = Math.ceil((offset * 8) / 6);
    return bytes.toString("base64").slice(from, Math.floor((bytes.length * 8) / 6));
  });
}

/** All forms that are looked for, each with the names of its secret: many stand in several resources. */
export function patternsOf(needles: readonly Needle[]): Map<string, string[]> {
  const patterns = new Map<string, string[]>();
  for (const { secret, text } of needles) {
    for (const form of [text, ...base64Forms(text)].filter(({ length }) => length >= SHORTEST)) {
      const names = patterns.get(form) ?? [];
      patterns.set(form, names.includes(secret) ? names : [...names, secret]);
    }
  }
  return patterns;
}

/** Marks a secret in a deployment that was exported with its secrets in clear. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";
const IS_SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Every secret value in an exported deployment, by resource and property. */
export function secretsOf(deployment: unknown): { secret: string; value: unknown }[] {
  const { resources = [] } = deployment as {
    resources?: { urn: string; inputs?: unknown; outputs?: unknown }[];
  };
  return resources.flatMap(({ urn, inputs, outputs }) => {
    const name = urn.split("::").at(-1) ?? urn;
    return [inputs, outputs].flatMap((properties) => secretsIn(properties, name));
  });
}

/** What a secret value has in it; undefined for what is no secret value, or not in clear. */
function contentOf({ [SECRET_MARK]: mark, plaintext }: Record<string, unknown>): unknown {
  return mark === IS_SECRET && typeof plaintext === "string" ? JSON.parse(plaintext) : undefined;
}

function secretsIn(value: unknown, path: string): { secret: string; value: unknown }[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  const fields = value as Record<string, unknown>;
  if (fields[SECRET_MARK] === IS_SECRET) {
    const content = contentOf(fields);
    return content === undefined ? [] : [{ secret: path, value: content }];
  }
  return Object.entries(fields).flatMap(([key, inner]) => secretsIn(inner, `${path}.${key}`));
}
