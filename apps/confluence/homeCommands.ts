import { quote, script } from "../../lib/bash";
import { HOME_FOLDER } from "./confluenceFiles";

/** What tasks do with Confluence's local home. All of it is sh -eu with GNU's tar. */

/** A restore unpacks here. */
const FRESH = ".restore";
/** What a restore that is not whole yet has put aside. */
const BEFORE = ".before-restore";
/** What the last restore has put aside. */
const FORMER = ".former";

/**
 * Not saved: what Confluence makes again by itself (Atlassian's "Confluence Home and other important directories"), and what restores have
 * left. Attachments, keys and configuration are in what remains.
 */
const LEFT_OUT = [
  ...["bundled-plugins", "index", "journal", "logs", "plugins-cache", "plugins-osgi-cache"],
  ...["plugins-temp", "temp", "webresource-temp", "lost+found", FRESH, BEFORE, FORMER],
];

/** Exit code 1 of tar: a file has changed or gone while it was read. Attachments never change, and those that go are in no page. */
export function saveHomeCommands(home = HOME_FOLDER): string {
  return script(
    `code=0
tar --create --file="$FILE" --directory=${quote(home)} --anchored ${LEFT_OUT.map((name) => `--exclude=./${name}`).join(" ")} . || code=$?
test "$code" -le 1`,
  );
}

/** Reads all of the archive. */
export function verifyHomeCommands(): string {
  return 'tar --extract --to-stdout --file="$FILE" >/dev/null';
}

/** Fails where the volume has no room for a second home. What former restores have left there goes first. */
export function homeRoomCommands(home = HOME_FOLDER): string {
  return script(
    `cd ${quote(home)}
set -- $(df -P -k . | tail -n 1)
free=$(($4 * 1024))
freed=0
for each in ${FORMER} ${FRESH}; do
  if test -d "$each"; then
    set -- $(du -s -k "$each")
    freed=$((freed + $1 * 1024))
  fi
done
need=$((UNPACKED + 67108864))
if test $((free + freed)) -lt "$need"; then
  echo "The home's volume has $free bytes free, and $freed in what former restores have left; the restored one needs $need." >&2
  exit 1
fi`,
  );
}

/**
 * Unpacks beside the present home, then exchanges the two by renames. The former one stays until the next restore. One that was cut off is
 * begun again: what it has put aside is the former home, and what it has not yet is added to that.
 */
export function restoreHomeCommands(home = HOME_FOLDER): string {
  return script(
    `cd ${quote(home)}
rm -rf ${FORMER} ${FRESH}
mkdir ${FRESH}
tar --extract --preserve-permissions --file="$FILE" --directory=${FRESH}`,
    `# Only renames from here on: too short to be ended in between.
trap '' TERM
mkdir -p ${BEFORE}
for each in * .[!.]*; do
  case "$each" in
    ${FRESH} | ${BEFORE} | lost+found) continue ;;
  esac
  if ! test -e "./$each" && ! test -L "./$each"; then
    continue
  elif test -e "${BEFORE}/$each"; then
    # Of a restore that was cut off.
    rm -rf "./$each"
  else
    mv "./$each" ${BEFORE}/
  fi
done
for each in ${FRESH}/* ${FRESH}/.[!.]*; do
  if test -e "$each" || test -L "$each"; then
    mv "$each" .
  fi
done
rmdir ${FRESH}
mv ${BEFORE} ${FORMER}
echo "The former home is kept as ${FORMER} until the next restore."`,
  );
}
