# shellcheck shell=bash disable=SC2154
# A log of one stack's requests, and what keeps it bounded whatever is asked of nginx.
# Values: stack, slug, where ("the VPS", "the WSL host"), log (its path).
# Files: access-log.rotate, access-log.service, access-log.timer.

unit=vps-reverse-proxy-$slug-access-log
rules=/etc/vps-reverse-proxy/$slug-access-log.rotate

ensure() {
  lock_packages
  install_packages logrotate logrotate
  exec 9>&-
  # Visitors' addresses are for administrators alone.
  [ -e "$log" ] || install -o www-data -g adm -m 640 /dev/null "$log"
  install_file access-log.rotate "$rules" 644
  install_file access-log.service "/etc/systemd/system/$unit.service" 644
  install_file access-log.timer "/etc/systemd/system/$unit.timer" 644
  systemctl daemon-reload
  manage unit "$unit.timer" "enabled running"
  systemctl enable --quiet --now "$unit.timer"
}

absent() {
  remove_timed_service "$unit"
  remove_file "$rules"
  rmdir /etc/vps-reverse-proxy 2>/dev/null || true
  rm -f "$log" "$log".*
  lock_packages
  remove_packages logrotate logrotate
}
