# shellcheck shell=bash disable=SC2154,SC2034
# TLS with a certificate that is made here (self-signed) or that comes with this step (origin-ca).
# Values: those of tls.sh. Files: those of tls.sh; for origin-ca tls.pem, key and certificate.

pending_key=nginx
self_signed_days=3650 # the edge looks at nothing but that there is one
fresh_seconds=$((30 * 24 * 3600))

make_self_signed() {
  local names
  names=DNS:${hostnames// /,DNS:}
  if [ "$(tls_kind)" = self-signed ] && [ "$(cat "$tls_folder/names" 2>/dev/null)" = "$names" ] &&
    as_noted file "$tls_pem" && openssl x509 -in "$tls_pem" -noout -checkend $fresh_seconds >/dev/null 2>&1; then
    manage file "$tls_pem"
    manage file "$tls_folder/names"
    return 0
  fi
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days $self_signed_days \
    -subj "/CN=vps-reverse-proxy $slug" -addext "subjectAltName=$names" \
    -keyout "$stage_dir/key.pem" -out "$stage_dir/certificate.pem" 2>"$stage_dir/openssl.log" || {
    cat "$stage_dir/openssl.log" >&2
    fail "openssl on $where makes no certificate for $hostnames; its words are above"
  }
  cat "$stage_dir/key.pem" "$stage_dir/certificate.pem" >"$stage_dir/tls.pem"
  install_file tls.pem "$tls_pem" 600
  printf '%s' "$names" >"$stage_dir/names"
  install_file names "$tls_folder/names" 644
}

ensure() {
  need_openssl
  if [ "$kind" = self-signed ]; then
    make_self_signed
  else
    check_pem "$stage_dir/tls.pem"
    install_file tls.pem "$tls_pem" 600
  fi
  install_tls_site
  print_expiry
}

absent() {
  # A step that never ended may have left a key, and has not said what it is from.
  if [ "$(tls_kind)" = "$kind" ] || [ -z "$(tls_kind)" ]; then remove_tls_site; fi
  lock_packages
  remove_packages openssl openssl
}
