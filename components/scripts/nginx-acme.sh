# shellcheck shell=bash disable=SC2154,SC2034
# TLS with a certificate that an ACME server gives for names that lead here, renewed by a timer.
# Values: those of tls.sh; address, address6 (of this machine); patience (seconds to wait for the
# names to lead here).
# Files: those of tls.sh; renew, acme.conf, acme.service, acme.timer.

pending_key=nginx
unit=vps-reverse-proxy-$slug-certificate
webroot=$tls_folder/webroot

# A certbot that no package brought, as snap's and pip's: Debian's would take its place and, when it
# is purged, leave none.
own_certbot() {
  local found
  found=$(command -v certbot) && ! dpkg-query -S "$found" >/dev/null 2>&1
}

# What is in /etc/letsencrypt beside folders, which Debian's own timer makes, and the package's file.
others_certificates() {
  find /etc/letsencrypt ! -type d ! -path /etc/letsencrypt/cli.ini 2>/dev/null || true
  dpkg --verify certbot 2>/dev/null | grep '^..5.* /etc/letsencrypt/' || true
}

# Who purges certbot loses all of /etc/letsencrypt, also what others keep there; ours is elsewhere.
leave_certbot() {
  record_packages certbot certbot openssl curl
  if others_use certbot || ! grep -qsx certbot "$memory/certbot.packages" || ! installed certbot; then return 0; fi
  if [ -n "$(others_certificates)" ]; then
    rm "$memory/certbot.packages"
    changed "left certbot to the certificates in /etc/letsencrypt"
  else
    # Of certificates that come there from now on the package asks, and by itself would take them.
    debconf-set-selections <<<"certbot certbot/remove_live_certs boolean false" 2>/dev/null || true
  fi
}

install_renewal() {
  mkdir -p "$webroot/.well-known/acme-challenge"
  chmod 755 "$tls_folder" "$webroot" "$webroot/.well-known" "$webroot/.well-known/acme-challenge"
  install_file renew "$tls_folder/renew" 755
  install_file acme.conf "$tls_folder/acme.conf" 644
  install_file acme.service "/etc/systemd/system/$unit.service" 644
  install_file acme.timer "/etc/systemd/system/$unit.timer" 644
  systemctl daemon-reload
  systemctl enable --quiet --now "$unit.timer"
  manage unit "$unit.timer" "enabled running"
}

# What somebody on the internet is to find below a name, tried from here.
probe() { # NAME TOKEN
  [ "$(curl -s --max-time 5 --noproxy '*' "http://$1/.well-known/acme-challenge/$2")" = "$2" ]
}

# An ACME server counts failed attempts, so it is asked only once the names lead here. Behind some
# routers a machine does not reach its own public address: then it is asked all the same.
wait_for_names() {
  local token=probe-$$-$RANDOM name missing deadline=$((SECONDS + patience)) tried=() said=
  printf '%s' "$token" >"$webroot/.well-known/acme-challenge/$token"
  chmod 644 "$webroot/.well-known/acme-challenge/$token"
  while :; do
    missing=() tried=()
    for name in $hostnames; do
      if ! getent ahosts "$name" >/dev/null; then
        missing+=("$name")
      elif ! probe "$name" "$token"; then
        tried+=("$name")
      fi
    done
    [ ${#missing[@]} -gt 0 ] || [ ${#tried[@]} -gt 0 ] || break
    # Names that are known and lead elsewhere, as far as this machine can tell: let the ACME server
    # find out after a while.
    [ ${#missing[@]} -gt 0 ] || [ $SECONDS -lt $((deadline - patience + 90)) ] || break
    if [ $SECONDS -ge $deadline ]; then
      [ ${#missing[@]} -gt 0 ] || break
      rm -f "$webroot/.well-known/acme-challenge/$token"
      fail "no certificate yet: no name server knows ${missing[*]}; make the records A $address${address6:+ and AAAA $address6} for each, then run pulumi up again"
    fi
    [ -n "$said" ] || echo "waiting up to $((patience / 60)) minutes until these names lead to this VPS: ${missing[*]} ${tried[*]}" >&2
    said=yes
    sleep 2
  done
  rm -f "$webroot/.well-known/acme-challenge/$token"
}

explain() {
  if grep -qi 'rateLimited\|too many' "$stage_dir/renew.log"; then
    echo "the ACME server gives no more for now (a rate limit; its words are above say until when)"
  elif grep -q 'nginx refuses its configuration' "$stage_dir/renew.log"; then
    echo "nginx refuses its configuration (its words are above)"
  else
    echo "the ACME server could not make sure that they lead here (its words are above)"
  fi
}

# Whether the certificate in use is good for all names.
good_certificate() {
  local name
  [ "$(tls_kind)" = acme ] && openssl x509 -in "$tls_pem" -noout -checkend 0 >/dev/null 2>&1 || return 1
  for name in $hostnames; do
    openssl x509 -in "$tls_pem" -noout -checkhost "$name" | grep -q 'does match' || return 1
  done
}

obtain_certificate() {
  local attempt
  for attempt in 1 2; do
    if bash "$tls_folder/renew" >"$stage_dir/renew.log" 2>&1; then return 0; fi
    grep -qi 'rateLimited\|too many' "$stage_dir/renew.log" && break
    [ "$attempt" = 2 ] || sleep 10
  done
  tail -n 25 "$stage_dir/renew.log" >&2
  if good_certificate; then
    echo "warning: the certificate was not renewed, and the old one keeps serving until $(print_expiry): $(explain)" >&2
  else
    fail "no certificate for $hostnames: $(explain); what served until now keeps serving. Mend that, then run pulumi up again"
  fi
}

ensure() {
  local wanted=(openssl curl)
  lock_packages
  own_certbot || wanted+=(certbot)
  install_packages certbot "${wanted[@]}"
  exec 9>&-
  install_renewal
  [ -z "$(bash "$tls_folder/renew" --why)" ] || wait_for_names
  obtain_certificate
  local taken_over=no
  # Another kind may have served until now, with this certificate ready.
  if [ "$(tls_kind)" != acme ]; then
    cat "$tls_folder"/acme/live/names/{privkey,fullchain}.pem >"$stage_dir/tls.pem"
    install_file tls.pem "$tls_pem" 600
    unmanage file "$tls_pem" # the timer renews it
    taken_over=yes
  fi
  install_tls_site
  [ $taken_over = no ] || sha256sum <"$tls_pem" >"$tls_folder/acme/deployed" # for renew
  print_expiry
}

absent() {
  remove_timed_service "$unit"
  rm -f "/var/lib/systemd/timers/stamp-$unit.timer" # when it ran last
  if [ "$(tls_kind)" = acme ] || [ -z "$(tls_kind)" ]; then
    remove_tls_site
  else
    rm -rf "$tls_folder/acme" "$webroot"
    rm -f "$tls_folder"/{renew,acme.conf,metrics.prom}
  fi
  lock_packages
  leave_certbot
  remove_packages certbot certbot openssl curl
}
