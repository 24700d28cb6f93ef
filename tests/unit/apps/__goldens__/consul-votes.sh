info=$(consul info)
set -f
IFS="{
"
for part in $info; do
  case "$part" in
    "Suffrage:Voter "*" Address:$POD_IP:8300}"*) exit 0 ;;
  esac
done
echo "this server has no vote yet"
exit 1
