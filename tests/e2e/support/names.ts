import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { environment, kubectl } from "./harness";

/** "No such name" among the response codes of DNS (RFC 1035, 4.1.1). */
const NXDOMAIN = "3";

/** Sends one question for an address and prints the response code; PHP is what a pod of the site has for that. */
const ASK = `
$question = pack("n6", 1, 0x0100, 1, 0, 0, 0);
foreach (explode(".", $argv[2]) as $label) { $question .= chr(strlen($label)) . $label; }
$server = stream_socket_client("udp://$argv[1]:53");
stream_set_timeout($server, 5);
fwrite($server, $question . "\\0" . pack("n2", 1, 1));
echo ord(fread($server, 512)[3] ?? "\\x0f") & 15;`;

/** The answer to a pod's question for an unknown name, from the cluster's DNS and the lab's resolver behind it. */
export function names(): void {
  const { namespace } = readEnvironmentFile(environment, { directory: checkout }).apps.confluence;

  test.each(["nothing.example", "nothing.coolcorp.test", "kube.coolcorp.test.coolcorp.test"])(
    "%s does not exist, which is another answer than a resolver that fails",
    async (name) => {
      const service = ["get", "service", "--namespace=kube-system", "kube-dns"];
      const server = await kubectl([...service, "--output=jsonpath={.spec.clusterIP}"]);
      const pod = ["exec", `--namespace=${namespace}`, "sts-confluencedb-0", "--container=adminer"];
      expect(await kubectl([...pod, "--", "php", "-r", ASK, "--", server, name])).toBe(NXDOMAIN);
    },
  );
}
