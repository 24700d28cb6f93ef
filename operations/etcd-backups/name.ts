/** What APP= calls the cluster's own data, beside the applications, and what an operator types to agree. */
export const ETCD = "etcd";
