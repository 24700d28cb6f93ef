import { script } from "../lib/bash";

/**
 * What our steps leave on a machine is remembered there, file by file: so it can be told later what somebody has changed by
 * hand, also of files that kubeadm has written and no configuration of ours has the text of.
 */

/** Where copies of the files are, below a folder for each kind of step and under their whole path. Root's alone. */
export const KEPT = "/var/lib/sitewright/kept";

/** The steps that remember files. */
export type Keeper = "prepare" | "member" | "haproxy" | "keepalived" | "trust";

/** Bash function `keep KEEPER FILE...`: remembers these files, those of them that are there, in place of all the keeper had. */
export const KEEP_FUNCTION = `# keep KEEPER FILE...: remembers the files as this step leaves them, with owner and mode.
keep() {
  local kept=${KEPT}/$1 file
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

/** Bash function `differs KEPT FILE`: true when the file is not as it was remembered. */
const DIFFERS_FUNCTION = `differs() {
  [[ ! -f $2 || $(sha256sum <"$1") != "$(sha256sum <"$2")" || $(stat --format='%a %u %g' "$1") != "$(stat --format='%a %u %g' "$2")" ]]
}`;

/**
 * Bash function `put_back KEEPER`, which makes files as they were remembered and lists those it has changed in the array
 * put_back. For files that the step itself could not write again.
 */
export const PUT_BACK_FUNCTION = script(
  DIFFERS_FUNCTION,
  `put_back() {
  local kept=${KEPT}/$1 copy file fresh
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

/** Lines of a difference that are shown of one file. */
const DIFFERENCE_LINES = 30;

/**
 * Bash that compares what is remembered with what is there, and changes nothing. It prints for each file that differs one
 * line with four words: keeper, what is the matter with it, its path, and the difference in base64 or a dash; then how many
 * files were compared.
 */
export const COMPARE_SCRIPT = script(
  DIFFERS_FUNCTION,
  `compared=0
[[ ! -d ${KEPT} ]] || while IFS= read -r -d '' copy; do
  name=\${copy#${KEPT}/}
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
done < <(find ${KEPT} -type f -print0 | sort --zero-terminated)
echo "compared $compared"`,
);
