# shellcheck shell=bash disable=SC2154
# The rented VPS' own firewall: a table of ours that opens the web ports to the edge alone, or to all.
# Values: stack, slug, table, restricted ("yes" or "no").
# Files, where restricted: firewall.nft, firewall.service.

unit=vps-reverse-proxy-$slug-firewall.service
rules=/etc/vps-reverse-proxy/$slug-firewall.nft

ensure() {
  if [ "$restricted" = no ]; then
    open_again
    return
  fi
  command -v nft >/dev/null || {
    lock_packages
    install_packages nftables nftables
  }
  nft --check --file "$stage_dir/firewall.nft" || fail "nftables on $where refuses the web ports' rules; its words are above"
  install_file firewall.nft "$rules" 644
  install_file firewall.service "/etc/systemd/system/$unit" 644
  systemctl daemon-reload
  systemctl enable --quiet "$unit"
  # A restart would open the ports for a moment; loading the rules is one transaction.
  systemctl reload-or-restart "$unit" || fail "systemctl status $unit on $where says why the web ports' rules are not in force"
}

open_again() {
  systemctl disable --quiet --now "$unit" 2>/dev/null || true
  remove_file "/etc/systemd/system/$unit"
  remove_file "$rules"
  rmdir /etc/vps-reverse-proxy 2>/dev/null || true
  systemctl daemon-reload
  ! command -v nft >/dev/null || { echo "table inet $table"; echo "delete table inet $table"; } | nft --file /dev/stdin
}

absent() {
  open_again
  lock_packages
  remove_packages nftables nftables
}
