set -eu
umask 077
export LC_ALL=C

deadline=$(($(date +%s) + 600))
until answer=$(psql --no-psqlrc --no-password --quiet --tuples-only --command='SELECT' 2>&1); do
  if test "$(date +%s)" -ge "$deadline"; then
    printf '%s\n  where: %s\n  why:   %s\n  next:  %s\n' 'The database did not let this pod in for 600 s.' \
      "$PGHOST:5432, user $PGUSER" "$answer" "look at the pod of the database; kubectl logs -c prepare and -c postgres" >&2
    exit 1
  fi
  sleep 0.5
done

file="$CONFLUENCE_HOME/confluence.cfg.xml"
if test ! -e "$file"; then
  echo "There is no $file yet: the image makes it."
  exit 0
fi

# property NAME VALUE: sets it in $line. The values have no character that means something to XML.
property() {
  case "$2" in
    *[\&\<\>]*)
      echo "The value of $1 cannot stand in $file as it is." >&2
      exit 1
      ;;
  esac
  before="${line%%"<property name=\"$1\">"*}"
  if test "$before" != "$line"; then
    after="${line#*"<property name=\"$1\">"}"
    line="$before<property name=\"$1\">$2</property>${after#*"</property>"}"
    count=$((count + 1))
  fi
}
count=0
encrypted=no
while IFS= read -r line || test -n "$line"; do
  case "$line" in
    *'<property name="jdbc.password.decrypter.classname">'*) encrypted=yes ;;
  esac
  property hibernate.connection.url "$ATL_JDBC_URL"
  property hibernate.connection.username "$ATL_JDBC_USER"
  property hibernate.connection.password "$ATL_JDBC_PASSWORD"
  printf '%s\n' "$line"
done <"$file" >"$file.new"
if test "$count" -ne 3 || test "$encrypted" = yes; then
  rm "$file.new"
  echo "$file has $count of 3 properties of the database's connection, encrypted: $encrypted. It is left as it is." >&2
  exit 0
fi
# Whole or not at all: it also has what Confluence has written into it.
mv "$file.new" "$file"
echo "$file has the database's present address, user and password."
