pg_restore --file=/dev/null "$FILE"

case "$(pg_restore --list "$FILE")" in
  *"TABLE DATA"*) ;;
  *)
    echo 'The dump has no table: the database was empty when it was saved.' >&2
    exit 1
    ;;
esac
