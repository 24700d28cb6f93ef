/**
 * Bash that prints the client certificate of a kubeconfig, PEM.
 *
 * @param file - One word of bash: a path, or a variable in double quotes.
 */
export const clientCertificateOf = (file: string): string =>
  `kubectl --kubeconfig ${file} config view --raw --output 'jsonpath={.users[0].user.client-certificate-data}' | base64 --decode`;
