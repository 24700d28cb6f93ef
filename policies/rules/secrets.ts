import { kindOf } from "./pods";
import type { ResourcePolicy } from "../policy";
import { at, type Inputs, type Leaf, type Resource, texts } from "../resource";

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** The beginning of a PEM block in base64, as kubeconfigs have it. */
const ENCODED_BLOCK = /LS0tLS1CRUdJTi[A-Za-z0-9+/]{20,40}/g;

/** Values that are secrets under any name. */
function hasPrivateKey(text: string): boolean {
  const blocks = (text.match(ENCODED_BLOCK) ?? []).map((one) =>
    Buffer.from(one, "base64").toString(),
  );
  return [text, ...blocks].some((one) => PRIVATE_KEY.test(one));
}

/** Names under which secrets go. A name that ends otherwise, such as secretName or tokenSeconds, tells of one and is none. */
const SECRET_NAME =
  /(password|passwd|passphrase|private_?key(_?pem)?|secret_?key|api_?key|token|kubeconfig)$/i;

/** The value of a container's variable is named by its neighbour. */
function nameOf({ path }: Leaf, inputs: Inputs): string {
  const last = path.at(-1) ?? "";
  const sibling = last === "value" ? at(inputs, ...path.slice(0, -1), "name") : undefined;
  return typeof sibling === "string" ? sibling : last;
}

/** Values of a Kubernetes Secret: what is put there is meant to be one. */
function isInSecret(resource: Resource, [first]: string[]): boolean {
  return kindOf(resource) === "Secret" && (first === "data" || first === "stringData");
}

/** The engine keeps all inputs in its state, and shows them in differences: in the clear unless they are marked as secrets. */
export const noPlainSecrets: ResourcePolicy = {
  name: "no-plain-secrets",
  description:
    "What is secret is marked as a secret, so that state, differences and logs do not have it in the clear.",
  level: "mandatory",
  check: (resource) => {
    const { masked } = resource;
    if (masked === undefined) {
      return [
        {
          message: "Which inputs are secrets was not told: no policy may be set to another level.",
        },
      ];
    }
    return texts(masked)
      .filter(({ value }) => value !== "")
      .filter(
        (leaf) =>
          hasPrivateKey(leaf.value) ||
          isInSecret(resource, leaf.path) ||
          SECRET_NAME.test(nameOf(leaf, masked)),
      )
      .map(({ path }) => ({
        about: path.join("."),
        message: `The input ${path.join(".")} is in the clear: wrap it in pulumi.secret, or take it from a secret of the configuration.`,
      }));
  },
};
