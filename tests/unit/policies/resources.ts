import { type Inputs, type Resource, SECRET } from "../../../policies/resource";
import { type Request, urnOf } from "../graph";
import { isSecret } from "../mocks";

/** What a program registered, as the policy pack shows it to policies. */
export function resourcesOf(requests: readonly Request[]): Resource[] {
  return requests.map((request) => {
    const raw = (request.getObject() as { toJavaScript(): Inputs } | undefined)?.toJavaScript();
    return {
      urn: urnOf(request),
      type: request.getType(),
      name: request.getName(),
      inputs: copy(raw ?? {}, (value) => value) as Inputs,
      masked: copy(raw ?? {}, () => SECRET) as Inputs,
      protect: request.getProtect(),
    };
  });
}

/** The same with another value in the place of each secret. */
function copy(value: unknown, ofSecret: (value: unknown) => unknown): unknown {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => copy(item, ofSecret));
  }
  if (isSecret(value)) {
    return ofSecret(copy(value.value, ofSecret));
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, copy(item, ofSecret)]),
  );
}
