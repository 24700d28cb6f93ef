import type { Deploy } from "../application";
import { Confluence } from "./confluence";
import { ConfluenceBackup } from "./confluenceBackup";
import { Database } from "./database";
import { homeBackup } from "./homeBackup";
import type { ConfluenceSettings } from "./settings";

/** Confluence, its database and the backups of both. */
export const deploy: Deploy<ConfluenceSettings> = (
  own,
  { environment, ingress, certificates, opts },
) => {
  const args = { environment, settings: own, ingress: ingress() };
  const database = new Database("confluence-database", args, opts);
  const wiki = new Confluence("confluence", { ...args, database }, opts);
  const backup = new ConfluenceBackup(
    "confluence-backup",
    { environment, settings: own, database },
    opts,
  );
  const files =
    own.homeBackup &&
    homeBackup(
      "confluence-files-backup",
      { environment, settings: own, spec: own.homeBackup, claimName: wiki.homeClaim },
      opts,
    );
  const { version, publicHost } = own;
  // Confluence sends a visitor on to its start page or its login.
  const page = { version, answers: [200, 302], workload: wiki.workload };
  const publicCertificate = certificates.find(({ host }) => host === publicHost.name);
  return {
    resources: [database, wiki, backup, ...(files === undefined ? [] : [files])],
    urls: [
      { name: "confluence", url: wiki.url, ...page },
      {
        name: "confluence, public",
        url: wiki.publicUrl,
        ...page,
        ...(publicCertificate && { certificateSha256: publicCertificate.sha256 }),
      },
      {
        name: "confluence's database",
        url: database.adminerUrl,
        version: own.database.version,
        answers: [200],
        workload: database.workload,
      },
    ],
    backups: [backup.tasks, ...(files === undefined ? [] : [files])],
    credentials: [
      {
        name: "Adminer, Confluence's database",
        user: database.administrator.user,
        secret: database.administrator.password,
      },
    ],
  };
};
