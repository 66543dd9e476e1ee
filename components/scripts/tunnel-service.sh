# shellcheck shell=bash disable=SC2154
# The systemd unit that holds the tunnel on the WSL host.
# Values: stack, unit. Files: unit.service, tunnel_start.sh, ssh_config, known_hosts.

home=/var/lib/$unit
unit_file=/etc/systemd/system/$unit.service

ensure() {
  [ -d /run/systemd/system ] || fail "systemd does not run on this machine; add to /etc/wsl.conf the lines [boot] and systemd=true, then run wsl.exe --shutdown in Windows"
  if [ -e "$unit_file" ] && ! grep -qxF "# Owned by vps-reverse-proxy stack $stack" "$unit_file"; then
    fail "$unit_file is not this stack's; set another name: pulumi config set --path vps-reverse-proxy:tunnel.unit $unit-2"
  fi
  local touched=no
  install_file known_hosts "$home/known_hosts" 644 && touched=yes
  install_file ssh_config "$home/ssh_config" 644 && touched=yes
  install_file tunnel_start.sh "$home/tunnel_start.sh" 755 && touched=yes
  if install_file unit.service "$unit_file" 644; then
    touched=yes
    systemctl daemon-reload
  fi
  systemctl is-enabled --quiet "$unit" || systemctl enable --quiet "$unit"
  if [ $touched = yes ] || ! systemctl is-active --quiet "$unit"; then
    systemctl restart "$unit"
    changed "started $unit"
  fi
}

absent() {
  if [ -e "$unit_file" ]; then
    grep -qxF "# Owned by vps-reverse-proxy stack $stack" "$unit_file" || return 0
    systemctl disable --quiet --now "$unit" || true
    remove_file "$unit_file" || true
    systemctl daemon-reload
    systemctl reset-failed "$unit" 2>/dev/null || true
  fi
  rm -f "$home/known_hosts" "$home/ssh_config" "$home/tunnel_start.sh"
}
