saved=/etc/systemd/scripts/ip4save
if [[ -f $saved ]]; then
  rules=(
    ':SITEWRIGHT - [0:0]'
    '-A SITEWRIGHT -i antrea-gw0 -j ACCEPT'
    '-A SITEWRIGHT -p tcp -m tcp --dport 10250 -j ACCEPT'
    '-A SITEWRIGHT -p tcp -m tcp --dport 2379:2380 -j ACCEPT'
  )
  printf '%s\n' '*filter' "${rules[@]}" COMMIT | iptables-restore --noflush --wait 10
  iptables --wait 10 -C INPUT -j SITEWRIGHT 2>/dev/null || iptables --wait 10 -I INPUT -j SITEWRIGHT

  # The same in the saved rules: what is ours leaves its old place and stands before the first rule of the table filter.
  table= placed=no lines=()
  while IFS= read -r line || [[ -n $line ]]; do
    case $line in
      ":SITEWRIGHT "* | "-A SITEWRIGHT "* | "-A INPUT -j SITEWRIGHT") continue ;;
      "*"*) table=$line ;;
      "-A "* | "-I "* | COMMIT)
        if [[ $table == "*filter" && $placed == no ]]; then
          lines+=("${rules[0]}" '-A INPUT -j SITEWRIGHT' "${rules[@]:1}")
          placed=yes
        fi
        ;;
    esac
    lines+=("$line")
  done <"$saved"
  if [[ $placed == no ]]; then
    echo "$saved on $(hostname) has no complete table filter, so the ports would be shut after a reboot. Restore the file from the package iptables, then run this again." >&2
    exit 1
  fi
  printf '%s\n' "${lines[@]}" >"$saved.new"
  if [[ $(<"$saved.new") == "$(<"$saved")" ]]; then
    rm "$saved.new"
  else
    chmod 0644 "$saved.new"
    mv "$saved.new" "$saved"
  fi
fi
