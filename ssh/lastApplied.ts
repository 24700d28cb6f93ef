import { script } from "../lib/bash";

/**
 * Each step keeps copies of the files that it wrote on a machine. So drift by hand shows later, also in files that kubeadm wrote and
 * whose text is in no configuration of this site.
 */

/**
 * Folder of the copies on a machine: below it one folder for each kind of step, with the files under their whole path. Only root can
 * read it. Its name is older than the term "last applied": machines of running sites have it.
 */
export const LAST_APPLIED_FOLDER = "/var/lib/sitewright/kept";

/** The steps that keep copies. */
export type Keeper = "prepare" | "member" | "haproxy" | "keepalived" | "trust";

/** Bash function `keep KEEPER FILE...`: copies those of these files that exist, and replaces all copies the keeper had. */
export const SAVE_LAST_APPLIED_FUNCTION = `# keep KEEPER FILE...: remembers the files as this step leaves them, with owner and mode.
keep() {
  local kept=${LAST_APPLIED_FOLDER}/$1 file
  shift
  rm -rf "$kept.new"
  (umask 077 && mkdir -p "$kept.new")
  for file in "$@"; do
    [[ -f $file ]] || continue
    (umask 077 && mkdir -p "$kept.new$(dirname "$file")")
    cp --preserve=mode,ownership "$file" "$kept.new$file"
  done
  rm -rf "$kept"
  mv "$kept.new" "$kept"
}`;

/** Bash function `differs COPY FILE`: true if the file differs from its copy in content, mode or owner, or is missing. */
const DIFFERS_FUNCTION = `differs() {
  [[ ! -f $2 || $(sha256sum <"$1") != "$(sha256sum <"$2")" || $(stat --format='%a %u %g' "$1") != "$(stat --format='%a %u %g' "$2")" ]]
}`;

/**
 * Bash function `put_back KEEPER`: reverts files to their copies and lists those that it changed in the array put_back. It is for
 * files that the step itself could not write again.
 */
export const REVERT_FUNCTION = script(
  DIFFERS_FUNCTION,
  `put_back() {
  local kept=${LAST_APPLIED_FOLDER}/$1 copy file fresh
  put_back=()
  [[ -d $kept ]] || return 0
  while IFS= read -r -d '' copy; do
    file=\${copy#"$kept"}
    differs "$copy" "$file" || continue
    # The kubelet overlooks names that begin with a dot.
    fresh=$(dirname "$file")/.$(basename "$file").new
    mkdir -p "$(dirname "$file")"
    cp --preserve=mode,ownership "$copy" "$fresh"
    mv "$fresh" "$file"
    put_back+=("$file")
  done < <(find "$kept" -type f -print0)
}`,
).trimEnd();

/** Lines of the difference that are shown for one file. */
const DIFFERENCE_LINES = 30;

/**
 * Bash that compares files with their copies and changes nothing. For each file that differs it prints one line with four words:
 * keeper, kind of difference (missing, mode, changed), path, and the difference in base64 or a dash. Last it prints how many files
 * it compared.
 */
export const COMPARE_SCRIPT = script(
  DIFFERS_FUNCTION,
  `compared=0
[[ ! -d ${LAST_APPLIED_FOLDER} ]] || while IFS= read -r -d '' copy; do
  name=\${copy#${LAST_APPLIED_FOLDER}/}
  keeper=\${name%%/*}
  file=/\${name#*/}
  [[ $keeper != *.new ]] || continue
  compared=$((compared + 1))
  differs "$copy" "$file" || continue
  difference=-
  if [[ ! -f $file ]]; then
    matter=missing
  elif [[ $(sha256sum <"$copy") == "$(sha256sum <"$file")" ]]; then
    matter=mode
  else
    matter=changed
    # PhotonOS' smallest installation has no diff.
    ! command -v diff >/dev/null || difference=$({ diff --unified=1 "$copy" "$file" || true; } | tail --lines=+3 | head --lines=${DIFFERENCE_LINES} | base64 --wrap=0)
  fi
  echo "$keeper $matter $file \${difference:--}"
done < <(find ${LAST_APPLIED_FOLDER} -type f -print0 | sort --zero-terminated)
echo "compared $compared"`,
);
