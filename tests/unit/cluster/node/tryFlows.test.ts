import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type AddressInfo } from "node:net";

import { tryFlowsScript } from "../../../../cluster/node/tryFlows";
import type { Flow } from "../../../../environment/flows";
import { site } from "../../environment/site";
import { run } from "../../ssh/bash";

/** The script that tries flows, on this machine's loopback interface. What a firewall does to it: tests/integration/joinFlows.test.ts. */

const environment = site("dev");
const node = { name: "devk8swok511" };

/** Answers each datagram whose hexadecimal form begins with its argument; prints its port first. */
const ANSWERING = `
const socket = require("node:dgram").createSocket("udp4");
socket.on("message", (text, from) => {
  if (text.toString("hex").startsWith(process.argv[1])) socket.send("answer", from.port, from.address);
});
socket.bind(0, "127.0.0.1", () => console.log(socket.address().port));
`;

const children: ChildProcess[] = [];
let listening: Server;
let open: number;
let shut: number;

beforeAll(async () => {
  listening = createServer().listen(0, "127.0.0.1");
  const other = createServer().listen(0, "127.0.0.1");
  await Promise.all([once(listening, "listening"), once(other, "listening")]);
  open = (listening.address() as AddressInfo).port;
  shut = (other.address() as AddressInfo).port;
  other.close();
});
afterAll(() => {
  listening.close();
  children.forEach((child) => child.kill());
});

async function answering(prefix: string): Promise<number> {
  // Another process, because the script blocks this one.
  const child = spawn(process.execPath, ["-e", ANSWERING, prefix]);
  children.push(child);
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  return Number(port.toString());
}

const flow = (change: Partial<Flow>): Flow => ({
  from: "zone dmz",
  fromAddresses: ["172.30.20.11"],
  to: "API",
  toAddresses: ["127.0.0.1"],
  protocol: "tcp",
  ports: [open],
  reason: "API at the load balancer",
  trial: "answered",
  ...change,
});
const tried = (...flows: Flow[]) => run(tryFlowsScript(environment, node, flows));

test("open flows are not mentioned", () => {
  expect(tried(flow({}), flow({ trial: "reached", ports: [open, shut] }))).toMatchObject({
    status: 0,
    stdout: "",
    stderr: "",
  });
  expect(tried()).toMatchObject({ status: 0, stdout: "", stderr: "" });
});

test("all closed flows are named in one error, in the words of the list, with the way on", () => {
  const { status, stderr } = tried(
    flow({ ports: [shut] }),
    flow({ to: "it's there", toAddresses: ["nothing.invalid"], ports: [443], trial: "reached" }),
    flow({}),
  );
  expect(status).toBe(1);
  expect(stderr).toContain("devk8swok511 does not join, because flows that it needs are closed");
  expect(stderr.split("\n").filter((line) => line.startsWith("  "))).toEqual([
    `  zone dmz 172.30.20.11 -> API 127.0.0.1 tcp ${shut} (API at the load balancer): Connection refused`,
    expect.stringMatching(
      /^ {2}zone dmz 172\.30\.20\.11 -> it's there nothing\.invalid tcp 443 \(API at the load balancer\): (Name or service not known|Temporary failure in name resolution)$/,
    ),
  ]);
  expect(stderr).toContain("make -s flows ENV=dev");
});

test("a resolver and a time server are asked in their own words, and one of several is enough", async () => {
  // The header of a question for one name, and the first byte of an SNTP client's request.
  const dns = await answering("5a1701000001000000000000" + "04" + "6b756265");
  const ntp = await answering("23" + "00".repeat(47));
  const udp = { protocol: "udp" as const };
  expect(
    tried(
      flow({ ...udp, trial: "dns", ports: [dns], toAddresses: ["127.0.0.1"] }),
      flow({ ...udp, trial: "ntp", ports: [ntp], toAddresses: ["nothing.invalid", "127.0.0.1"] }),
    ),
  ).toMatchObject({ status: 0, stderr: "" });
});

test("a resolver that does not answer, and one that is not there, are named", async () => {
  const silent = await answering("never");
  const udp = { protocol: "udp" as const, to: "resolvers", reason: "DNS", trial: "dns" as const };
  const { stderr } = tried(flow({ ...udp, ports: [silent] }), flow({ ...udp, ports: [shut] }));
  expect(stderr).toMatch(
    new RegExp(`-> resolvers 127\\.0\\.0\\.1 udp ${silent} \\(DNS\\): no answer within \\d+ s`),
  );
  expect(stderr).toContain(`-> resolvers 127.0.0.1 udp ${shut} (DNS): Connection refused`);
}, 60_000);
