/** Marks an object of an exported state as a secret. */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

/** A value of a state that was exported with its secrets, without the wrapping of these. */
export function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(plainValue);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (SECRET_SIGNATURE in value) {
    return "plaintext" in value && typeof value.plaintext === "string"
      ? plainValue(JSON.parse(value.plaintext))
      : undefined;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item)]));
}
