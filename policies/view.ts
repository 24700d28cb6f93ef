import { Secret, UnknownValueError } from "@pulumi/policy";

import { type Inputs, SECRET, UNKNOWN } from "./resource";

/**
 * Inputs as the engine's library shows them to a policy, without its proxies. There, reading a value that is not known yet
 * throws, which would end the whole policy because of one value.
 */
export function inputsOf(props: Inputs): Inputs {
  return copy(props) as Inputs;
}

function copy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return Array.from({ length: value.length }, (_, index) => read(value as never, `${index}`));
  }
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(value as Inputs, key)]));
}

function read(holder: Inputs, key: string): unknown {
  try {
    return copy(holder[key]);
  } catch (error) {
    if (error instanceof UnknownValueError) {
      return UNKNOWN;
    }
    throw error;
  }
}

/**
 * The values behind the library's proxies, secrets as such. A proxy that unwraps secrets when a property is read still shows
 * them in the property's descriptor.
 */
export function rawOf(props: Inputs): Inputs {
  return Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(props)).map(([key, { value }]) => [
      key,
      value as unknown,
    ]),
  );
}

/** Inputs with SECRET in the place of each value that is a secret in the raw ones. */
export function maskedOf(inputs: unknown, raw: unknown): unknown {
  if (raw instanceof Secret) {
    return SECRET;
  }
  if (typeof inputs !== "object" || inputs === null || typeof raw !== "object" || raw === null) {
    return inputs;
  }
  if (Array.isArray(inputs)) {
    return inputs.map((item, index) => maskedOf(item, (raw as unknown[])[index]));
  }
  return Object.fromEntries(
    Object.entries(inputs).map(([key, item]) => [key, maskedOf(item, (raw as Inputs)[key])]),
  );
}
