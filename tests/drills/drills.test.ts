import { spoiltCertificates } from "../e2e/apps/certificateSwitch";
import { impostor } from "../e2e/cluster/ssh";
import { closedFlows } from "../e2e/cluster/zones";
import { madeOrHopeless, part } from "../e2e/parts";
import { expectSuccess, make } from "../e2e/support/harness";
import { takeLabDown } from "../e2e/support/lab";
import { applications } from "./apps/applications";
import { backups } from "./apps/backups";
import { confluence } from "./apps/confluence";
import { certificates } from "./site/certificates";
import { clientAddresses } from "./site/clientAddresses";
import { consul } from "./apps/consul";
import { drift } from "./site/drift";
import { encryptionKey } from "./site/encryptionKey";
import { etcd } from "./site/etcd";
import { lostMachines } from "./site/lostMachines";
import { members } from "./site/members";
import { noticeboard } from "./apps/noticeboard";
import { officialTools } from "./site/officialTools";
import { outages } from "./site/outages";
import { pair } from "./site/pair";
import { power } from "./site/power";
import { plainPulumi } from "./site/plainPulumi";
import { vcenterPasswords } from "./site/vcenterPasswords";
import { wrongClock } from "./site/wrongClock";
import { recovery } from "./site/recovery";

/**
 * What a site survives. Each drill takes something away from a running site in the lab, asks it all the while, and leaves it
 * whole. They are a suite of their own, since they mostly wait: for elections, for nodes that are given up, for restarts one by one.
 */
jest.setTimeout(15 * 60_000);

describe("make up, everything built", () => {
  test("brings the site from no lab to all applications answering", async () => {
    await takeLabDown();
    const finished = await make("up");
    await madeOrHopeless(() => expectSuccess(finished));
    expectSuccess(await make("status"));
    console.log(`make up: ${finished.seconds.toFixed(0)} s`);
  });
});
part("the zones", closedFlows);
part("an impostor", impostor);
part("spoilt certificates in the KV store", spoiltCertificates);
part("members", members);
part("certificates", certificates);
part("etcd", etcd);
part("a recovery", recovery);
part("a wrong clock", wrongClock);
part("Consul", consul);
part("Confluence", confluence);
part("the noticeboard", noticeboard);
part("backups", backups);
part("fewer applications", applications);
part("changes by hand", drift);
part("another key for Secrets", encryptionKey);
part("addresses of clients", clientAddresses);
part("a pair of load balancers", pair);
part("other passwords of the vCenter's accounts", vcenterPasswords);
part("the vCenter or the place of backups away", outages);
part("a power cut", power);
part("tools of the machine", officialTools);
part("plain pulumi without the built tools", plainPulumi);
part("machines that are gone", lostMachines);
describe("make down", () => {
  test("takes the site away", async () => {
    expectSuccess(await make("down"));
  });
});
