import type { Environment } from "../environment/schema";
import type { Progress } from "../lib/progress";
import { checkDiskSpace } from "./host/diskSpace";
import { ensureHost } from "./host/host";
import { checkPortIsFree } from "./host/portInUse";
import { ensureImageStore, imageBase } from "./images/imageStore";
import type { LabFile } from "./labFile";
import { labNetworks } from "./layout";
import { checkLayout } from "./layoutFaults";
import { ensureFirewall } from "./network/firewall";
import { ensureNetworks } from "./network/networks";
import { ensureDebianArchive } from "./node/debianArchive";
import { ensureNodeImage, nodeBase } from "./node/nodeImage";
import { occupy, refuseOther } from "./occupant";
import { ensureServices } from "./services";
import { ensureCertificates } from "./vcenter/certificates";
import { ensureVcenterPasswords } from "./vcenter/passwords";
import { ensureVcenter, runningVcenter } from "./vcenter/vcenter";

/**
 * Makes what takes minutes and needs no program of the toolchain, so that it can be made while these are compiled. An environment
 * that the lab will refuse is refused here, before anything is installed.
 */
export async function prepare(environment: Environment, progress: Progress): Promise<void> {
  checkLayout(environment);
  await ensureHost(progress);
  await ensureDebianArchive(nodeBase(), progress);
  await ensureDebianArchive(imageBase(), progress);
}

/**
 * Brings the lab up: what is behind the vCenter's address of an environment. It leaves every part alone that is as it should be,
 * so a second run changes nothing, and a run after a failure goes on where that one stopped.
 * @throws OperatorError before anything is changed, when the lab is up for another environment.
 */
export async function up(file: LabFile, progress: Progress): Promise<void> {
  const { environment } = file;
  checkLayout(environment);
  refuseOther(environment.stack);
  await ensureHost(progress);
  if (runningVcenter() === undefined) {
    await checkPortIsFree(environment.vsphere.server, "The simulated vCenter");
    await checkDiskSpace();
  }
  // They are refused where another site has them, so they come before all else that two sites would share.
  await ensureNetworks(labNetworks(environment), progress);
  occupy(environment.stack);
  await ensureVcenterPasswords(file);
  await ensureCertificates(environment.vsphere.server);
  const image = await ensureNodeImage(environment.kubernetes.version, progress);
  const store = await ensureImageStore(progress);
  await ensureFirewall(environment, progress);
  await ensureServices(environment, store, progress);
  await ensureVcenter(environment, image, progress);
  progress.note(`  lab is up (${progress.total()})`);
}
