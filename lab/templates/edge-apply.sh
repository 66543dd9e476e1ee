#!/usr/bin/env bash
# On the edge host: take a configuration (a tar on standard input) into use, if it is a good one.
# Argument: the name of its directory. Says "unchanged" and does nothing when it is in use already.
set -euo pipefail

new="/etc/nginx/edge/$1"
if [[ "$(readlink /etc/nginx/nginx.conf)" == "$new/nginx.conf" ]] && systemctl -q is-active nginx; then
  cat >/dev/null
  echo unchanged
  exit 0
fi

mkdir -p "$new"
chmod 0700 "$new"
tar -x -C "$new"
# What the mode strict accepts: the public roots and the Origin CA.
cat /etc/ssl/certs/ca-certificates.crt "$new/origin-ca.pem" >"$new/trust.pem"
nginx -t -q -c "$new/nginx.conf"

program=/usr/local/lib/edge/edge_errors.py
unit=/etc/systemd/system/edge-errors.service
trust=/usr/local/lib/edge/origin-ca.pem
if ! cmp -s "$new/edge_errors.py" "$program" || ! cmp -s "$new/edge-errors.service" "$unit" ||
  ! cmp -s "$new/origin-ca.pem" "$trust"; then
  install -D -m 0644 "$new/edge_errors.py" "$program"
  install -m 0644 "$new/origin-ca.pem" "$trust"
  install -m 0644 "$new/edge-errors.service" "$unit"
  systemctl daemon-reload
  systemctl -q enable edge-errors nginx
  systemctl restart edge-errors
fi

ln -sfn "$new/nginx.conf" /etc/nginx/nginx.conf.new
mv -T /etc/nginx/nginx.conf.new /etc/nginx/nginx.conf
systemctl reload-or-restart nginx
find /etc/nginx/edge -mindepth 1 -maxdepth 1 ! -path "$new" -exec rm -r {} +
echo applied
