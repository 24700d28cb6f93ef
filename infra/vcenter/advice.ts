/** What to do about a vCenter's answer. The first entry that matches the answer counts. */
const ADVICE: readonly { answer: RegExp; then: string }[] = [
  {
    answer: /PasswordExpired|password (?:has |is )?expired/i,
    then: "The account's password has expired. Have it renewed, and set it from the folder infra: pulumi config set --secret vsphere:password",
  },
  {
    answer: /incorrect user name or password|InvalidLogin|Cannot complete login|Login failure/i,
    then: "The account is refused. Check site:vsphere.user, and set the password again from the folder infra: pulumi config set --secret vsphere:password",
  },
  {
    answer: /x509|certificate/i,
    then: "The server's certificate is not trusted. Add its authority to the system's, or name a bundle that has it in SSL_CERT_FILE",
  },
  {
    answer: /connection refused|no such host|no route to host|i\/o timeout|deadline exceeded/i,
    then: "No server answers there. Check site:vsphere.server and that the vCenter runs (the lab's is started by make up)",
  },
  {
    answer: /did not answer within/,
    then: "What runs on the site goes on without it. See whether the vCenter is up and not overloaded, then run the command again",
  },
  {
    answer: /\bEOF\b|connection reset|broken pipe|not authenticated|timed out/i,
    then: "The connection or the session broke on the way. Run the command again",
  },
  {
    answer: /NoPermission|Permission to perform/i,
    then: "The account may not see it. Give it the provisioner's roles: make access lists them, make preflight what is missing",
  },
];

/**
 * One indented line that says what to do about a failed lookup.
 *
 * @param answer - What the vCenter or the provider said.
 * @param key - Configuration key of what was looked for.
 */
export function advice(answer: string, key: string): string {
  const fitting = ADVICE.find((one) => one.answer.test(answer));
  return `    ${fitting?.then ?? `Correct site:${key}, or create the object in the vCenter`}.`;
}
