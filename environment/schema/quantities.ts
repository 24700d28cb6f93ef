/**
 * Amounts of CPU and memory as Kubernetes writes them, for adding them up. Only the unambiguous part of the notation is
 * accepted (fields.ts): `128m` of memory, an eighth of a byte to Kubernetes, is a fault and not an amount.
 */

/** CPUs: whole ones, up to three decimals, or thousandths (`m`). */
export const CPU_PATTERN = /^(?!0+(\.0+)?m?$)[0-9]{1,4}(\.[0-9]{1,3})?$|^(?!0+m$)[0-9]{1,7}m$/;

/** Memory: whole Mi, Gi or Ti. */
export const MEMORY_PATTERN = /^[1-9][0-9]{0,6}(Mi|Gi|Ti)$/;

const MEBIBYTES = { Mi: 1, Gi: 1024, Ti: 1024 * 1024 };

/**
 * Thousandths of a CPU: 1500 for "1.5" and "1500m".
 *
 * @throws RangeError for anything CPU_PATTERN does not accept.
 */
export function milliCpus(text: string): number {
  if (!CPU_PATTERN.test(text)) {
    throw new RangeError(`${text} is no amount of CPU`);
  }
  return text.endsWith("m") ? Number(text.slice(0, -1)) : Math.round(Number(text) * 1000);
}

/**
 * Mebibytes: 2048 for "2Gi" and "2048Mi".
 *
 * @throws RangeError for anything MEMORY_PATTERN does not accept.
 */
export function mebibytes(text: string): number {
  if (!MEMORY_PATTERN.test(text)) {
    throw new RangeError(`${text} is no amount of memory`);
  }
  return Number(text.slice(0, -2)) * MEBIBYTES[text.slice(-2) as keyof typeof MEBIBYTES];
}

/** The shortest text for thousandths of a CPU: "2", "1500m". */
export function cpuText(millis: number): string {
  return millis % 1000 === 0 ? `${millis / 1000}` : `${millis}m`;
}

/** The shortest text for mebibytes: "2Gi", "768Mi". */
export function memoryText(mebi: number): string {
  const unit = (["Ti", "Gi"] as const).find((name) => mebi > 0 && mebi % MEBIBYTES[name] === 0);
  return unit === undefined ? `${mebi}Mi` : `${mebi / MEBIBYTES[unit]}${unit}`;
}
