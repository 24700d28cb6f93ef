import { nodePort } from "../../environment/schema/fields";
import { settings as whoami } from "../whoami/settings";

/** Section `apps.outpost`. */
export const settings = whoami.extend({
  /**
   * Port at the nodes of its zone by which the ingress reaches it: the tunnel of the pods' packets is closed between zones,
   * because it would be open in both directions. @default 30090
   */
  nodePort: nodePort.default(30090),
});
