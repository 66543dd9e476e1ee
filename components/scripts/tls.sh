# shellcheck shell=bash disable=SC2154,SC2034
# The TLS site of one stack in nginx, whatever its certificate is made from. Certificate and key are
# one file, so that a new pair takes the place of the old one in one piece.
# Values: stack, slug, kind (of the certificate), hostnames (separated by spaces), those of nginx.sh
# and nginx-others.sh.
# Files: tls.conf; api.keys, where a service has keys; tls-catch-all.conf; names.map, the names that port 80 sends on to https.

slug=${slug:-} # steps without a site have none
tls_folder=/var/lib/vps-reverse-proxy/tls-$slug
tls_pem=$tls_folder/tls.pem
tls_site=/etc/nginx/conf.d/vps-reverse-proxy-$slug-tls.conf
tls_catch_all=/etc/nginx/conf.d/vps-reverse-proxy-unknown-host-tls.conf
tls_keys=/etc/nginx/vps-reverse-proxy/$slug/443.keys
# Services that are gone, as long as the site on port 443 names them (nginx-site.sh).
left_names=/etc/nginx/conf.d/vps-reverse-proxy-$slug-left.conf
tls_names=/etc/nginx/vps-reverse-proxy/$slug/names.map

# What the certificate in use is made from; nothing when there is none.
tls_kind() { cat "$tls_folder/kind" 2>/dev/null || true; }

need_openssl() {
  lock_packages
  install_packages openssl openssl
  exec 9>&-
}

# Certificate and key belong together, and nginx will be able to read them.
check_pem() { # FILE
  local certificate key
  certificate=$(openssl x509 -in "$1" -noout -pubkey 2>/dev/null) || fail "the certificate for $hostnames is not in PEM format"
  key=$(openssl pkey -in "$1" -pubout 2>/dev/null) || fail "the key of the certificate for $hostnames is not in PEM format"
  [ "$certificate" = "$key" ] || fail "certificate and key for $hostnames do not belong together"
}

# Whether somebody else's site answers on a port: its default for unknown names is not ours to set.
others_listen() { # PORT
  local files
  mapfile -t files < <(other_sites)
  [ ${#files[@]} -gt 0 ] && grep -qE "^[^#]*listen[^;]*\b$1\b" "${files[@]}"
}

install_tls_site() {
  refuse_hidden 443
  refuse_to_be_first
  # Noted first: who made the certificate before must not take away what is here now.
  printf '%s\n' "$kind" >"$stage_dir/kind"
  install_file kind "$tls_folder/kind" 644
  put_config tls.conf "$tls_site"
  put_keys "$tls_keys"
  put_config names.map "$tls_names"
  drop_config "$left_names"
  if others_listen 443; then
    drop_config "$tls_catch_all"
  else
    put_config tls-catch-all.conf "$tls_catch_all"
  fi
  apply_config
}

# What nginx reads; between lock_nginx and forget_config.
remove_tls_files() {
  remove_file "$tls_names"
  remove_file "$tls_keys"
  rmdir "${tls_names%/*}" /etc/nginx/vps-reverse-proxy 2>/dev/null || true
  remove_file "$tls_site"
  remove_file "$left_names"
  [ -n "$(find /etc/nginx/conf.d -name 'vps-reverse-proxy-*-tls.conf' ! -name "${tls_catch_all##*/}" 2>/dev/null)" ] ||
    remove_file "$tls_catch_all"
}

remove_tls_site() {
  lock_nginx
  remove_tls_files
  forget_config
  pending_key='' remove_file "$tls_pem" # nginx has forgotten it
  rm -rf "$tls_folder"
  rmdir "$memory" 2>/dev/null || true
}

# The program's own output: when the certificate in use ends.
print_expiry() { date -u -d "$(openssl x509 -in "$tls_pem" -noout -enddate | cut -d= -f2)" +%Y-%m-%dT%H:%M:%SZ; }
