import { z } from "zod";

import { LAST_APPLIED_FOLDER } from "../../ssh/lastApplied";
import { script } from "../../lib/bash";
import { size } from "../../lib/humanUnits";
import { table } from "../../lib/table";
import { ETCD_FOLDER } from "./restoreData";

/** Seconds for looking at one data directory: etcd's largest database is read from end to end. */
const LOOK_SECONDS = 120;

/** Seconds for looking at all. */
export const SURVIVORS_SECONDS = 600;

/** A data directory of etcd on a control plane whose etcd does not run. */
export interface DataDirectory {
  folder: string;
  /** When etcd has last written to it. */
  written: Date;
  bytes: number;
  /** Of the last change. A recovery raises it by a billion. Undefined where the database cannot be read. */
  revision?: number;
  keys?: number;
  /** Why it cannot be used; undefined where it can. */
  fault?: string;
  /** It was not read to its end in the time for it: etcd may have it open, and it may well be good. */
  isBusy?: boolean;
}

/** A key that kubeadm has written once, at the beginning of the cluster: an etcd that began again with no data has it not. */
const OF_CLUSTER = "/registry/configmaps/kube-system/kubeadm-config";

/** What the script says of a database that etcdutl neither reads nor refuses. */
const BUSY = "busy";

/**
 * Bash that prints a line for each data directory of etcd on a control plane: etcd's own and those that recoveries have put aside. The
 * words, tabs between, are folder, time of the last change, bytes, whether a cluster's objects are in it (`cluster` or `none`), and what
 * etcdutl says of it, which reads all of it, or why it cannot. It changes nothing. Run it while etcd stands.
 */
export const SURVIVORS_SCRIPT = script(
  `manifest=/etc/kubernetes/manifests/etcd.yaml
[[ -f $manifest ]] || manifest=${LAST_APPLIED_FOLDER}/member$manifest
image=$(awk '$1 == "image:" { print $2 }' $manifest)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# status_with PROGRAM FILE
status_with() {
  ctr --namespace k8s.io containers delete etcd-look 2>/dev/null || true
  timeout ${LOOK_SECONDS} ctr --namespace k8s.io run --rm --mount type=bind,src=${ETCD_FOLDER},dst=${ETCD_FOLDER},options=rbind:ro \\
    "$image" etcd-look "$1" snapshot status "$2" --write-out json </dev/null 2>"$log"
}
is_absent() { grep --quiet "executable file not found" "$log"; }`,
  `for folder in ${ETCD_FOLDER}/member ${ETCD_FOLDER}/before-*; do
  file=$folder/snap/db
  [[ -f $file ]] || continue
  if grep --text --quiet ${OF_CLUSTER} "$file"; then holds=cluster; else holds=none; fi
  code=0
  answer=$(status_with etcdutl "$file") || code=$?
  if ((code > 0)) && is_absent; then
    code=0
    answer=$(status_with etcdctl "$file") || code=$?
  fi
  case $code in
    0) answer=$(tail --lines=1 <<<"$answer") ;;
    124) answer=${BUSY} ;;
    *) answer="cannot be read: $(grep --max-count=1 --extended-regexp 'Error|panic|fault' "$log" || tail --lines=1 "$log")" ;;
  esac
  printf '%s\\t%s\\t%s\\t%s\\n' "$folder" "$(stat --format='%Y\t%s' "$file")" $holds "$answer"
done`,
);

const BUSY_FAULT = `not read within ${LOOK_SECONDS} s: etcd may have it open`;

const statusSchema = z.object({ revision: z.int(), totalKey: z.int() });

/** Reads what the script has printed. */
export function survivorsOf(printed: string): DataDirectory[] {
  return printed
    .split("\n")
    .filter((line) => line.startsWith(`${ETCD_FOLDER}/`))
    .map((line) => {
      const [folder, seconds, bytes, holds, ...rest] = line.split("\t");
      const answer = rest.join(" ");
      const status = statusOf(answer);
      const fault =
        status === undefined
          ? answer
          : holds === "cluster"
            ? undefined
            : "an etcd that has begun again with no data: the cluster's objects are not in it";
      return {
        folder,
        written: new Date(Number(seconds) * 1000),
        bytes: Number(bytes),
        ...(status === undefined ? {} : { revision: status.revision, keys: status.totalKey }),
        ...(fault === undefined ? {} : { fault: answer === BUSY ? BUSY_FAULT : fault }),
        ...(answer === BUSY ? { isBusy: true } : {}),
      };
    });
}

function statusOf(answer: string): z.output<typeof statusSchema> | undefined {
  try {
    return statusSchema.parse(JSON.parse(answer));
  } catch {
    return undefined;
  }
}

/** What a recovery takes of the data on the machine. */
export type Best =
  | { kind: "one"; data: DataDirectory }
  /** None can be used. */
  | { kind: "none" }
  /** One was not read to its end, and may be the best. */
  | { kind: "busy" }
  /** The one that was written last has not the highest revision: a recovery from the wrong backup looks so, and only a person knows. */
  | { kind: "unclear" };

/** The data directory that can be used, was written last, and has the highest revision. */
export function bestOf(found: readonly DataDirectory[]): Best {
  if (found.some(({ isBusy }) => isBusy)) {
    return { kind: "busy" };
  }
  const usable = found.filter(({ fault }) => fault === undefined);
  const [newest] = [...usable].sort((a, b) => b.written.getTime() - a.written.getTime());
  const [highest] = [...usable].sort((a, b) => (b.revision ?? 0) - (a.revision ?? 0));
  if (newest === undefined) {
    return { kind: "none" };
  }
  return newest === highest ? { kind: "one", data: newest } : { kind: "unclear" };
}

/** As `make recover` prints them. */
export function survivorsTable(found: readonly DataDirectory[]): string {
  return table(
    ["DATA", "LAST WRITTEN", "REVISION", "KEYS", "SIZE", ""],
    found.map(({ folder, written, revision, keys, bytes, fault }) => [
      folder,
      written.toISOString().replace(".000", ""),
      `${revision ?? "-"}`,
      `${keys ?? "-"}`,
      size(bytes),
      fault ?? "can be used",
    ]),
  );
}
