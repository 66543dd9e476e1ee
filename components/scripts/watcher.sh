# shellcheck shell=bash disable=SC2154,SC2034
# The watcher on the VPS: its program, what it is told, its unit, and the page with its figures.
# Values: stack, slug, modules (of the program, separated by spaces), and those of nginx.sh; the
# listeners are the page's ports. Files: watcher.service, config.json (secret), watch.conf, and
# watcher-MODULE for each module.

name=vps-reverse-proxy-watch-$slug
unit=$name.service
folder=/usr/local/lib/vps-reverse-proxy/watch-$slug
config=/etc/vps-reverse-proxy/$slug-watch.json
page=/etc/nginx/conf.d/vps-reverse-proxy-$slug-watch.conf

need_python() {
  lock_packages
  install_packages watcher python3 ca-certificates
  exec 9>&-
}

install_program() {
  local module
  pending_key=$name
  for module in $modules; do install_file "watcher-$module" "$folder/watcher/$module" 644; done
  install_file config.json "$config" 600
  install_file watcher.service "/etc/systemd/system/$unit" 644
  ! is_pending || systemctl daemon-reload
  manage unit "$unit" "enabled running"
  systemctl is-enabled --quiet "$unit" || systemctl enable --quiet "$unit"
  if is_pending || ! systemctl is-active --quiet "$unit"; then
    systemctl restart "$unit"
    changed "started $unit"
  fi
  clear_pending
}

ensure() {
  refuse_held_ports # before the watcher itself is in place
  refuse_others_ports
  need_python
  install_program
  pending_key=nginx
  put_config watch.conf "$page"
  apply_config
}

absent() {
  systemctl disable --quiet --now "$unit" 2>/dev/null || true
  remove_file "/etc/systemd/system/$unit"
  systemctl daemon-reload
  systemctl reset-failed "$unit" 2>/dev/null || true
  remove_file "$config"
  rm -rf "$folder" "/var/lib/private/$name" "/var/lib/$name" "/run/$name"
  rmdir /usr/local/lib/vps-reverse-proxy /etc/vps-reverse-proxy /var/lib/private 2>/dev/null || true
  pending_key=nginx
  lock_nginx
  remove_file "$page"
  forget_config
  lock_packages
  remove_packages watcher python3 ca-certificates
}
