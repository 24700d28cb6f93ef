import type { Status } from "../../application";
import { certificatesSection, unreadCertificates } from "./certificates";
import { readKvCertificates } from "./kvCertificates";

/** The certificates in the KV store, each with its copy. */
export const status: Status = async ({ kvCertificates }, { api, environment, now }) => {
  if (kvCertificates === undefined) {
    return [];
  }
  try {
    const entries = await readKvCertificates(api, kvCertificates.namespace);
    return [certificatesSection(kvCertificates, entries, { environment, now })];
  } catch (error) {
    return [unreadCertificates(error)];
  }
};
