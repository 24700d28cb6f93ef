import { antreaManifests } from "./antreaManifests";
import { certificateSwitch } from "./certificateSwitch";
import { browser } from "./browser";
import { cloudProvider } from "./cloudProvider";
import { confluence } from "./confluence";
import { consul } from "./consul";
import { dashboardManifests } from "./dashboardManifests";
import { destroyed } from "./destroy";
import { drift } from "./drift";
import { interruptedUp } from "./interrupted";
import { ingress } from "./ingress";
import { machines } from "./machines";
import { namespaces } from "./namespaces";
import { network } from "./network";
import { nodes } from "./nodes";
import { operator } from "./operator";
import { outpost } from "./outpost";
import { pair } from "./pair";
import { refusals } from "./refusals";
import { secondRun } from "./secondRun";
import { storage } from "./storage";
import { zones } from "./zones";

/**
 * The life of one site in the lab, in this order: every part works on what the one before left.
 *
 * What it cannot prove: no ESXi runs the machines (they are containers), their system is not PhotonOS, and
 * the kernel has no Open vSwitch, so Antrea does not run here: only its manifests are put to the API server.
 */
jest.setTimeout(15 * 60_000);

describe("make up, cut off at five places and run again", interruptedUp);
describe("the machines", machines);
describe("the zones", zones);
describe("the nodes", nodes);
describe("the cloud provider", cloudProvider);
describe("the pod network", network);
describe("the namespaces", namespaces);
describe("the volumes", storage);
describe("the ingress", ingress);
describe("the outpost", outpost);
describe("another certificate through the KV store", certificateSwitch);
describe("Consul", consul);
describe("Confluence", confluence);
describe("a browser", browser);
describe("what the operator sees", operator);
describe("the dashboard of prd", dashboardManifests);
describe("the pod network of prd", antreaManifests);
describe("changes by hand", drift);
describe("a second make up", secondRun);
describe("what is refused", refusals);
describe("a pair of load balancers", pair);
describe("destroy and make down", destroyed);
