# shellcheck shell=bash disable=SC2154,SC2034
# The systemd unit that holds the tunnel on the WSL host.
# Values: stack, unit, modules (of the holder, separated by spaces).
# Files: unit.service, config.json, ssh_config, known_hosts, kernel.conf, and holder-MODULE for each.

identity=$unit
home=/var/lib/$unit
unit_file=/etc/systemd/system/$unit.service
pending_key=$unit

ours() { grep -qxF "# Owned by vps-reverse-proxy stack $stack" "$unit_file"; }

# Whether only what the tunnel carries has changed: the holder takes that up by itself.
only_config_changed() {
  local module
  [ -e "$home/config.json" ] && ! is_pending && systemctl is-active --quiet "$unit" || return 1
  cmp -s "$stage_dir/known_hosts" "$home/known_hosts" && cmp -s "$stage_dir/ssh_config" "$home/ssh_config" &&
    cmp -s "$stage_dir/unit.service" "$unit_file" || return 1
  for module in $modules; do
    cmp -s "$stage_dir/holder-$module" "$home/holder/$module" || return 1
  done
  ! cmp -s "$stage_dir/config.json" "$home/config.json"
}

ensure() {
  local module
  [ -d /run/systemd/system ] || fail "systemd does not run on this machine; add to /etc/wsl.conf the lines [boot] and systemd=true, then run wsl.exe --shutdown in Windows"
  if [ -e "$unit_file" ] && ! ours; then
    fail "$unit_file is not this stack's; set another name: pulumi config set --path ${stack%%/*}:tunnel.unit NAME"
  fi
  tune_kernel
  if only_config_changed; then
    install_file config.json "$home/config.json" 644
    systemctl reload "$unit" # no stream is cut; what follows finds nothing changed
    clear_pending
  fi
  install_file known_hosts "$home/known_hosts" 644
  install_file ssh_config "$home/ssh_config" 644
  install_file config.json "$home/config.json" 644
  install -d -m 755 "$home/holder"
  for module in $modules; do install_file "holder-$module" "$home/holder/$module" 644; done
  install_file unit.service "$unit_file" 644
  ! is_pending || systemctl daemon-reload
  systemctl is-enabled --quiet "$unit" || systemctl enable --quiet "$unit"
  if is_pending || ! systemctl is-active --quiet "$unit"; then
    systemctl restart "$unit"
    changed "started $unit"
  fi
  clear_pending
  manage unit "$unit" "enabled running"
}

absent() {
  if [ -e "$unit_file" ]; then
    ours || return 0
    systemctl disable --quiet --now "$unit" || true
  fi
  rm -rf "$home/known_hosts" "$home/ssh_config" "$home/config.json" "$home/holder"
  restore_kernel
  remove_file "$unit_file"
  is_pending || return 0
  systemctl daemon-reload
  systemctl reset-failed "$unit" 2>/dev/null || true
  clear_pending
}
