# shellcheck shell=bash disable=SC2154,SC2034
# The sites of one stack in nginx.
# Values: stack, slug, and those of nginx.sh and, where the tunnel ends, nginx-others.sh.
# Files: site.conf; services.conf, where the tunnel ends on this machine; api.keys, where a service
# has keys; catch-all.conf, where an unknown name shall get nothing.

site=/etc/nginx/conf.d/vps-reverse-proxy-$slug.conf
ways=/etc/nginx/conf.d/vps-reverse-proxy-$slug-services.conf
catch_all=/etc/nginx/conf.d/vps-reverse-proxy-unknown-host.conf
keys=/etc/nginx/vps-reverse-proxy/$slug/80.keys
pending_key=nginx

# A service that is taken away is still named by the site on port 443, whose turn is after this step:
# until then its name leads nowhere, and nginx takes the rest.
put_ways() {
  local way
  put_config services.conf "$ways"
  while read -r way; do
    grep -qxF "upstream $way {" "$stage_dir/services.conf" ||
      printf 'upstream %s {\n    server unix:/run/vps-reverse-proxy-left;\n}\n' "$way" >>"$stage_dir/left.conf"
  done < <(sed -n 's/^ *proxy_pass http:\/\/\(way_[a-z0-9_-]*\).*/\1/p' "$tls_site" 2>/dev/null | sort -u)
  if [ -e "$stage_dir/left.conf" ]; then put_config left.conf "$left_names"; else drop_config "$left_names"; fi
}

ensure() {
  refuse_others_ports
  if [ -e "$stage_dir/services.conf" ]; then
    check_workers
    refuse_hidden 80
  fi
  refuse_to_be_first
  put_config site.conf "$site"
  [ ! -e "$stage_dir/services.conf" ] || put_ways
  put_keys "$keys"
  if alone; then
    drop_config "$stock_site"
    [ ! -e "$stage_dir/catch-all.conf" ] || put_config catch-all.conf "$catch_all"
  fi
  apply_config
  unmanage file "$left_names" # it goes with the site that needs it
}

absent() {
  local ours
  lock_nginx
  remove_file "$site"
  remove_file "$ways"
  # Its step is done away with before this one, unless the engine never heard that it had ended.
  remove_tls_files
  remove_file "$keys"
  rmdir "${keys%/*}" /etc/nginx/vps-reverse-proxy 2>/dev/null || true
  ours=$(find /etc/nginx/conf.d -name 'vps-reverse-proxy-*.conf' ! -name "${catch_all##*/}" 2>/dev/null || true)
  [ -n "$ours" ] || remove_file "$catch_all"
  forget_config
  pending_key='' remove_file "$tls_pem"
}
