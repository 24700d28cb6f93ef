/**
 * Pages that make their first visitor administrator of a Confluence, or replace its content. They are not needed after
 * setup; before, see `apps.confluence.setupIsOpen`. Atlassian names them as what to block where an update has to wait:
 *
 * - CVE-2023-22515: /setup/* makes an administrator once setup is said to be incomplete, which /server-info.action did by the
 *   parameter bootstrapStatusProvider.applicationConfig.setupComplete;
 * - CVE-2023-22518: /json/setup-restore*.action restores a backup of the sender's.
 */
export const SETUP_PATHS = [
  "/setup",
  "/server-info.action",
  "/json/setup-restore.action",
  "/json/setup-restore-local.action",
  "/json/setup-restore-progress.action",
];
