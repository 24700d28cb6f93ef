deadline=$(($(date +%s) + 120))
until answer=$(psql --no-psqlrc --no-password --quiet --tuples-only --command='SELECT' 2>&1); do
  if test "$(date +%s)" -ge "$deadline"; then
    printf '%s\n  where: %s\n  why:   %s\n  next:  %s\n' 'The database did not let this pod in for 120 s.' \
      "$PGHOST:5432, user $PGUSER" "$answer" "look at the pod of the database; kubectl logs -c prepare and -c postgres" >&2
    exit 1
  fi
  sleep 0.5
done

pg_dump --no-password --dbname=confluence --format=custom --lock-wait-timeout=60s --file="$FILE"
