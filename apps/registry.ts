import { registry, type SettingsOf } from "../environment/applications/registry";
import { confluence } from "./confluence/application";
import { consul } from "./consul/application";
import { dashboard } from "./dashboard/application";
import { ingress } from "./ingress/application";
import { noticeboard } from "./noticeboard/application";
import { outpost } from "./outpost/application";
import { whoami } from "./whoami/application";

/** Every application a site may have, by its key in `apps`, in the order in which they are deployed. One line each. */
export const applications = {
  consul,
  ingress,
  whoami,
  outpost,
  confluence,
  dashboard,
  noticeboard,
};

/** The same as the environment sees them. */
export const APPLICATIONS = registry(applications);

/** The section `apps` of an environment; a key that is missing is an application that the site does not have. */
export type AppsSettings = SettingsOf<typeof applications>;
