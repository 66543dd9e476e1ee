#!/bin/sh
# What a Vultr image brings: ufw, active from the first boot, which lets in ssh alone.
# This one knows `ufw status` and `ufw allow PORT[,PORT...]/tcp`, and really filters.
set -eu
rules=/etc/ufw/lab.rules

load() {
  nft --file - <<NFT
table inet ufw
delete table inet ufw
table inet ufw {
  chain input {
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state established,related accept
    meta l4proto { 1, 58 } accept comment "ping: by number, no image need know the names"
    tcp dport { $(paste -sd, "$rules") } accept
  }
}
NFT
}

case "${1:-}" in
boot)
  mkdir -p "${rules%/*}"
  [ -e "$rules" ] || echo 22 >"$rules"
  load
  ;;
status)
  echo "Status: active"
  ;;
allow)
  case "${2:-}" in
  *[!0-9,]*/tcp | /tcp) echo "ERROR: Bad port" >&2 && exit 1 ;;
  */tcp) ;;
  *) echo "ERROR: the lab's ufw takes PORT[,PORT...]/tcp" >&2 && exit 1 ;;
  esac
  ports=${2%/tcp}
  grep -qxF "$ports" "$rules" || echo "$ports" >>"$rules"
  load
  echo "Rule added"
  ;;
*)
  echo "ERROR: the lab's ufw knows status and allow" >&2
  exit 1
  ;;
esac
