import { antreaManifests } from "./antreaManifests";
import { certificateSwitch } from "./certificateSwitch";
import { browser } from "./browser";
import { cloudProvider } from "./cloudProvider";
import { confluence } from "./confluence";
import { consul } from "./consul";
import { dashboardManifests } from "./dashboardManifests";
import { destroyed } from "./destroy";
import { hardening } from "./hardening";
import { interruptedUp } from "./interrupted";
import { ingress } from "./ingress";
import { machines } from "./machines";
import { names } from "./names";
import { namespaces } from "./namespaces";
import { network } from "./network";
import { nodes } from "./nodes";
import { operator } from "./operator";
import { outpost } from "./outpost";
import { part } from "./parts";
import { refusals } from "./refusals";
import { secondRun } from "./secondRun";
import { secrets } from "./secrets";
import { ProcessWatch } from "./secrets/processes";
import { ssh } from "./ssh";
import { storage } from "./storage";
import { zones } from "./zones";

/**
 * The life of one site in the lab, in this order: every part works on what the one before left.
 *
 * What it cannot prove: no ESXi runs the machines (they are containers), their system is not PhotonOS, and
 * the kernel has no Open vSwitch, so Antrea does not run here: only its manifests are put to the API server.
 */
jest.setTimeout(15 * 60_000);

/** From the first `make up` on, for what is looked for in it at the end. */
const processes = new ProcessWatch();
beforeAll(() => processes.start());
afterAll(() => processes.stop());

describe("make up, cut off at many places and run again", interruptedUp);
part("the machines", machines);
part("the zones", zones);
part("the nodes", nodes);
part("the cloud provider", cloudProvider);
part("the pod network", network);
part("names that nothing has", names);
part("the namespaces", namespaces);
part("the hardening", hardening);
part("the volumes", storage);
part("the ingress", ingress);
part("the outpost", outpost);
part("another certificate through the KV store", certificateSwitch);
part("Consul", consul);
part("Confluence", confluence);
part("a browser", browser);
part("what the operator sees", operator);
part("the dashboard of prd", dashboardManifests);
part("the pod network of prd", antreaManifests);
part("SSH", ssh);
part("a second make up", secondRun);
part("what is refused", refusals);
part("secrets", () => secrets(processes));
describe("destroy and make down", destroyed);
