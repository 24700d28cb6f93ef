/** Text of the shell, in which \\${ stands for what the shell replaces. */
export function sh(text: TemplateStringsArray): string {
  return text.raw.join("").replaceAll("\\${", "${");
}
