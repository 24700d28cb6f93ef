import { spawnSync } from "node:child_process";

import { PROGRAM_TEXT } from "../../../cluster/hardening/kubeletApprover";
import { run } from "../ssh/bash";

const NODE = "devk8swok501";
const ADDRESS = "172.30.10.61";
const RIGHT = {
  user: `system:node:${NODE}`,
  subject: `/O=system:nodes/CN=system:node:${NODE}`,
  names: `DNS:${NODE},IP:${ADDRESS}`,
};

/** What the service does with one request: what it approved, and what it said. */
function judged(request: Partial<typeof RIGHT> & { conditions?: string; pem?: string }) {
  const { user, subject, names, conditions = "", pem } = { ...RIGHT, ...request };
  const { stdout } = spawnSync(
    "openssl",
    [
      ...["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-keyout", "/dev/null", "-subj", subject],
      ...(names === "" ? [] : ["-addext", `subjectAltName=${names}`]),
    ],
    { encoding: "utf8" },
  );
  const encoded = Buffer.from(pem ?? stdout).toString("base64");
  const kubectl = `case "$*" in
*--watch*) echo certificatesigningrequest.certificates.k8s.io/csr-1 ;;
*status.conditions*) printf %s '${conditions}' ;;
*spec.username*) printf %s '${user}' ;;
*spec.request*) printf %s '${encoded}' ;;
*) echo "$*" >>"$FOLDER/log" ;;
esac`;
  const { log, stderr } = run(
    `mkdir -p $FOLDER/etc/kubernetes; touch $FOLDER/etc/kubernetes/admin.conf
printf '%s\\n' '${NODE} ${ADDRESS}' 'devk8swok502 172.30.10.62' >$FOLDER/etc/kubernetes/kubelets
${PROGRAM_TEXT.replaceAll("/etc/kubernetes", "$FOLDER/etc/kubernetes")}`,
    { kubectl },
  );
  return { approved: log, said: stderr.trim() };
}

test("a certificate for a node's own name and address is approved", () => {
  expect(judged({})).toEqual({ approved: "certificate approve csr-1\n", said: "" });
  expect(judged({ names: `IP:${ADDRESS}` }).approved).toBe("certificate approve csr-1\n");
});

test.each([
  ["another node's address", { names: `DNS:${NODE},IP:172.30.10.62` }, "IP Address:172.30.10.62"],
  ["another node's name", { names: `DNS:devk8swok502,IP:${ADDRESS}` }, "DNS:devk8swok502"],
  ["the API's name as well", { names: `${RIGHT.names},DNS:kube.coolcorp.test` }, "DNS:kube"],
  ["a wildcard", { names: "DNS:*" }, "DNS:*"],
  ["no name", { names: "" }, "no names"],
  ["a user that is no node", { user: "kubernetes-admin" }, "no node of the site"],
  ["a node that is not on the list", { user: "system:node:stranger" }, "no node of the site"],
  ["one node by another", { user: "system:node:devk8swok502" }, "another subject"],
  ["another group", { subject: `/O=system:masters/CN=system:node:${NODE}` }, "another subject"],
  ["what is no request", { pem: "nonsense" }, "cannot be read"],
])("%s is left as it is", (_what, request, reason) => {
  const { approved, said } = judged(request);
  expect(approved).toBe("");
  expect(said).toContain(`csr-1 is left as it is: `);
  expect(said).toContain(reason);
});

test("what was decided before is not looked at", () => {
  expect(judged({ conditions: '[{"type":"Denied"}]' })).toEqual({ approved: "", said: "" });
});
