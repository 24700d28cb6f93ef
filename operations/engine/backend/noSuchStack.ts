/** Whether the engine says that a stack does not exist. */
export function isNoSuchStack(answer: string): boolean {
  return /no stack named/.test(answer);
}
