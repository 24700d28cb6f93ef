import { certificateSwitch } from "./apps/certificateSwitch";
import { confluence } from "./apps/confluence";
import { consul } from "./apps/consul";
import { encryptedBackups } from "./apps/encryptedBackups";
import { dashboardManifests } from "./apps/dashboardManifests";
import { ingress } from "./apps/ingress";
import { noticeboard } from "./apps/noticeboard";
import { outpost } from "./apps/outpost";
import { antreaManifests } from "./cluster/antreaManifests";
import { cloudProvider } from "./cluster/cloudProvider";
import { certificates } from "./cluster/certificates";
import { etcdBackup } from "./cluster/etcdBackup";
import { hardening } from "./cluster/hardening";
import { machines } from "./cluster/machines";
import { namespaces } from "./cluster/namespaces";
import { network } from "./cluster/network";
import { nodes } from "./cluster/nodes";
import { ssh } from "./cluster/ssh";
import { storage } from "./cluster/storage";
import { zones } from "./cluster/zones";
import { destroyed } from "./commands/destroy";
import { interruptedUp } from "./commands/interrupted";
import { operator } from "./commands/operator";
import { personalKubeconfig } from "./commands/personalKubeconfig";
import { plainPulumi } from "./commands/plainPulumi";
import { refusals } from "./commands/refusals";
import { secondRun } from "./commands/secondRun";
import { part } from "./parts";
import { ProcessWatch } from "./secrets/processes";
import { secrets } from "./secrets/secrets";
import { browser } from "./support/browser";
import { names } from "./support/names";

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
part("the certificates", certificates);
part("the backup of etcd", etcdBackup);
part("the volumes", storage);
part("the ingress", ingress);
part("the outpost", outpost);
part("another certificate through the KV store", certificateSwitch);
part("Consul", consul);
part("Confluence", confluence);
part("the noticeboard", noticeboard);
part("the backups of applications", encryptedBackups);
part("a browser", browser);
part("what the operator sees", operator);
part("kubeconfigs of people", personalKubeconfig);
part("the dashboard of prd", dashboardManifests);
part("the pod network of prd", antreaManifests);
part("SSH", ssh);
part("a second make up", secondRun);
part("plain pulumi without the built tools", plainPulumi);
part("what is refused", refusals);
part("secrets", () => secrets(processes));
describe("destroy and make down", destroyed);
