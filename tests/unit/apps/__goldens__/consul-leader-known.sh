info=$(consul info)
case "$info" in
  *"leader_addr = "[0-9]*) ;;
  *)
    echo "no leader is known"
    exit 1
    ;;
esac
