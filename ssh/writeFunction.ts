/**
 * Bash function `write PATH CONTENT`, for a file that every user may read. It is true if the file was missing or had another content.
 * It does not touch a file that is right already. It replaces the file atomically; if it cannot, the script ends. The array `written`
 * has the paths of all its calls.
 */
export const WRITE_FUNCTION = `# write PATH CONTENT: true when the file had another content, or none.
written=()
write() {
  written+=("$1")
  [[ ! -f $1 || $(<"$1") != "$2" ]] || return 1
  mkdir -p "$(dirname "$1")" && printf '%s\\n' "$2" >"$1.new" && chmod 0644 "$1.new" && mv "$1.new" "$1" || {
    echo "$(hostname) cannot write $1; the reason stands above." >&2
    exit 1
  }
}`;
