# shellcheck shell=bash disable=SC2154,SC2034
# The systemd unit that holds the tunnel on the WSL host.
# Values: stack, unit. Files: unit.service, tunnel_start.sh, ssh_config, known_hosts.

home=/var/lib/$unit
unit_file=/etc/systemd/system/$unit.service
pending_key=$unit

ours() { grep -qxF "# Owned by vps-reverse-proxy stack $stack" "$unit_file"; }

ensure() {
  [ -d /run/systemd/system ] || fail "systemd does not run on this machine; add to /etc/wsl.conf the lines [boot] and systemd=true, then run wsl.exe --shutdown in Windows"
  if [ -e "$unit_file" ] && ! ours; then
    fail "$unit_file is not this stack's; set another name: pulumi config set --path ${stack%%/*}:tunnel.unit NAME"
  fi
  install_file known_hosts "$home/known_hosts" 644
  install_file ssh_config "$home/ssh_config" 644
  install_file tunnel_start.sh "$home/tunnel_start.sh" 755
  install_file unit.service "$unit_file" 644
  ! is_pending || systemctl daemon-reload
  systemctl is-enabled --quiet "$unit" || systemctl enable --quiet "$unit"
  if is_pending || ! systemctl is-active --quiet "$unit"; then
    systemctl restart "$unit"
    changed "started $unit"
  fi
  clear_pending
}

absent() {
  if [ -e "$unit_file" ]; then
    ours || return 0
    systemctl disable --quiet --now "$unit" || true
  fi
  rm -f "$home/known_hosts" "$home/ssh_config" "$home/tunnel_start.sh"
  remove_file "$unit_file"
  is_pending || return 0
  systemctl daemon-reload
  systemctl reset-failed "$unit" 2>/dev/null || true
  clear_pending
}
