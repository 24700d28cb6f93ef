import { quote } from "../../../lib/bash";
import { openPorts, SAVED_RULES } from "../../../ssh/firewall";

/** A file of the form PhotonOS installs: comments between the rules, one table. */
export const PHOTON = `# rules at boot
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT DROP [0:0]
# the machine itself
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A OUTPUT -j ACCEPT
COMMIT
`;

/** What an administrator gets who saves the rules of a running machine: other tables come first. */
export const SAVED = `*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 80
COMMIT
*filter
:INPUT DROP [5:300]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [9:900]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -j REJECT
COMMIT
`;

const here = (script: string) => script.replaceAll(SAVED_RULES, "$FOLDER/ip4save");
export const api = here(openPorts([{ protocol: "tcp", port: 6443 }]));
export const node = here(
  openPorts(
    [
      { protocol: "tcp", port: 10250 },
      { protocol: "udp", port: 6081 },
      { protocol: "tcp", port: "2379:2380" },
      { protocol: "vrrp", from: "192.168.10.47" },
    ],
    ["antrea-gw0"],
  ),
);
export const save = (rules: string) => `printf '%s' ${quote(rules)} >$FOLDER/ip4save\n`;
