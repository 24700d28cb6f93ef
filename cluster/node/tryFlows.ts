import type { Flow } from "../../environment/flows";
import type { Environment, NodeSpec } from "../../environment/schema";
import { quote, script } from "../../lib/bash";

/** Seconds for a TCP connection: the kernel asks again after 1 s, 3 s and 7 s. */
const CONNECT_SECONDS = 10;

/** A question by UDP is asked so often, since nothing repeats a datagram by itself. */
const QUESTIONS = 5;

/** Seconds until a question is asked again. */
const ANSWER_SECONDS = 2;

/** Seconds for all flows, which are tried at the same time; of resolvers and time servers one after the other. */
export const TRY_FLOWS_DEADLINE_SECONDS = 120;

/** What the kernel says when the other machine answers that nothing listens there. */
const REFUSED = "Connection refused";

/**
 * Bash that tries flows from the machine on which it runs, and ends with an error that names all that are closed. It changes nothing. It
 * needs bash and coreutils.
 *
 * A connection that nothing listens for proves that the firewall lets it through, where the other end may not serve yet. A firewall that
 * answers in the machine's name, by a reset or with port unreachable, cannot be told from that.
 *
 * @param node - The one that needs them.
 */
export function tryFlowsScript(
  environment: Pick<Environment, "stack" | "kubernetes">,
  { name }: Pick<NodeSpec, "name">,
  flows: readonly Flow[],
): string {
  return script(
    `# reason OUTPUT SECONDS: why an attempt failed, as the kernel or the resolver has said it first.
reason() {
  local first=\${1%%$'\\n'*}
  if [[ -z $first ]]; then echo "no answer within $2 s"; else echo "\${first##*: }"; fi
}
# connect ADDRESS PORT
connect() {
  local output
  output=$(LC_ALL=C timeout ${CONNECT_SECONDS} bash --norc -c ': <"/dev/tcp/$1/$2"' connect "$1" "$2" 2>&1) ||
    reason "$output" ${CONNECT_SECONDS}
}
# ask ADDRESS PORT QUESTION, the question in base64.
ask() {
  local output
  output=$(LC_ALL=C bash --norc -c 'exec 3<>"/dev/udp/$1/$2" || exit
    for ((question = 0; question < ${QUESTIONS}; question++)); do
      base64 --decode <<<"$3" >&3
      timeout ${ANSWER_SECONDS} head --bytes=1 <&3 >/dev/null && exit
    done
    exit 1' ask "$@" 2>&1) ||
    reason "$output" ${QUESTIONS * ANSWER_SECONDS}
}
# answered FLOW ADDRESS PORT
answered() {
  local why
  why=$(connect "$2" "$3")
  [[ -z $why ]] || echo "$1: $why"
}
# reached FLOW ADDRESS PORT: nothing need listen there.
reached() {
  local why
  why=$(connect "$2" "$3")
  [[ -z $why || $why == ${quote(REFUSED)} ]] || echo "$1: $why"
}
# one_answers FLOW QUESTION PORT ADDRESS...
one_answers() {
  local flow=$1 question=$2 port=$3 address why
  shift 3
  for address in "$@"; do
    why=$(ask "$address" "$port" "$question")
    [[ -n $why ]] || return 0
  done
  echo "$flow: $why"
}`,
    `closed=$(
${flows.flatMap((flow) => attempts(environment, flow).map((line) => `  ${line} &`)).join("\n")}
  wait
)
if [[ -n $closed ]]; then
  echo ${quote(`${name} does not join, because flows that it needs are closed. Tried on`)} "$(hostname):" >&2
  sort <<<"$closed" | sed 's/^/  /' >&2
  echo "no answer: a firewall drops it, or the other end is off. No route to host: a firewall refuses it, or the other end is off." >&2
  echo ${quote(`Next: open them in the firewall, or start what should answer (make -s flows ENV=${environment.stack} lists the flows between the zones); then run the same command again.`)} >&2
  exit 1
fi`,
  );
}

function attempts({ kubernetes }: Pick<Environment, "kubernetes">, flow: Flow): string[] {
  const { trial, ports, toAddresses } = flow;
  if (trial === undefined) {
    return [];
  }
  if (trial === "dns" || trial === "ntp") {
    const question = trial === "dns" ? dnsQuestion(kubernetes.apiName) : NTP_QUESTION;
    return ports.map(
      (port) =>
        `one_answers ${quote(textOf(flow, toAddresses.join(" "), port))} ${question.toString("base64")} ${port} ${toAddresses.map(quote).join(" ")}`,
    );
  }
  const command = trial === "answered" ? "answered" : "reached";
  return toAddresses.flatMap((address) =>
    ports.map(
      (port) => `${command} ${quote(textOf(flow, address, port))} ${quote(address)} ${port}`,
    ),
  );
}

/** One line for a flow, with the words of the list of flows. */
function textOf(
  { from, fromAddresses, to, protocol, reason }: Flow,
  address: string,
  port: number,
): string {
  return `${from} ${fromAddresses.join(" ")} -> ${to} ${address} ${protocol} ${port} (${reason})`;
}

/**
 * A question for the addresses of a name, as a resolver takes it by UDP. Any answer will do, also that there is no such name.
 * @see https://www.rfc-editor.org/rfc/rfc1035#section-4.1
 */
function dnsQuestion(name: string): Buffer {
  const labels = name
    .split(".")
    .flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, "ascii")]);
  // Any id; recursion desired; one question: type A, class IN.
  const header = Buffer.from([0x5a, 0x17, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

/**
 * A request of an SNTP client: version 4, mode 3, all else zero.
 * @see https://www.rfc-editor.org/rfc/rfc4330#section-5
 */
const NTP_QUESTION = Buffer.concat([Buffer.from([0x23]), Buffer.alloc(47)]);
