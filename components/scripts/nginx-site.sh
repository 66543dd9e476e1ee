# shellcheck shell=bash disable=SC2154,SC2034
# The sites of one stack in nginx.
# Values: stack, slug, and those of nginx.sh.
# Files: site.conf; services.conf, where the tunnel ends on this machine; api.keys, where a service
# has keys; catch-all.conf, where an unknown name shall get nothing.

site=/etc/nginx/conf.d/vps-reverse-proxy-$slug.conf
ways=/etc/nginx/conf.d/vps-reverse-proxy-$slug-services.conf
catch_all=/etc/nginx/conf.d/vps-reverse-proxy-unknown-host.conf
keys=/etc/nginx/vps-reverse-proxy/$slug/80.keys
pending_key=nginx

ensure() {
  put_config site.conf "$site"
  [ ! -e "$stage_dir/services.conf" ] || put_config services.conf "$ways"
  put_keys "$keys"
  if alone; then
    drop_config "$stock_site"
    [ ! -e "$stage_dir/catch-all.conf" ] || put_config catch-all.conf "$catch_all"
  fi
  apply_config
}

absent() {
  local ours
  remove_file "$site"
  remove_file "$ways"
  remove_file "$keys"
  rmdir "${keys%/*}" /etc/nginx/vps-reverse-proxy 2>/dev/null || true
  ours=$(find /etc/nginx/conf.d -name 'vps-reverse-proxy-*.conf' ! -name "${catch_all##*/}" 2>/dev/null || true)
  [ -n "$ours" ] || remove_file "$catch_all"
  forget_config
}
