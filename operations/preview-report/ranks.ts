/** Ranks of what a report is made of: the lowest is the last to be left out where all is too long (fit.ts). */
export const RANK = {
  head: 0,
  loud: 1,
  changes: 2,
  /** Diffs of kubeadm's configuration and of haproxy.cfg. */
  files: 3,
  manifests: 4,
  other: 5,
  /** What is new: its text says less than a difference. */
  created: 6,
} as const;
