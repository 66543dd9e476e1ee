#!/bin/bash
# shellcheck disable=SC2154 # what acme.conf sets
# Written by vps-reverse-proxy: keeps one stack's certificate fresh. Its timer runs it twice a day.
#   renew           get a certificate when there is a reason to: none yet, other names, another ACME
#                   server, or a third of its life left (so short-lived ones are fine too)
#   renew --force   get one in any case
#   renew --why     only say the reason; nothing when there is none
# When it fails, the old certificate keeps serving, the journal says why, and the next run tries again.
set -euo pipefail
export LC_ALL=C.UTF-8
folder=$(dirname "$(readlink -f "$0")")
# shellcheck source=/dev/null # stack, directory, email, hostnames: pulumi up writes it
. "$folder/acme.conf"
lineage=$folder/acme/live/names
umask 077

certificate_time() { date -d "$(openssl x509 -in "$lineage/cert.pem" -noout "-$1" | cut -d= -f2)" +%s; } # startdate|enddate

names_in_certificate() {
  openssl x509 -in "$lineage/cert.pem" -noout -ext subjectAltName | grep -o 'DNS:[^, ]*' | cut -d: -f2 | sort | tr '\n' ' '
}

why() {
  local start end now
  now=$(date +%s)
  if [ ! -s "$lineage/cert.pem" ]; then
    echo "there is no certificate yet"
  elif [ "$(names_in_certificate)" != "$(tr ' ' '\n' <<<"$hostnames" | sort | tr '\n' ' ')" ]; then
    echo "it is for other names"
  elif [ "$(cat "$folder/acme/issuer" 2>/dev/null)" != "$directory" ]; then
    echo "it comes from another ACME server"
  else
    start=$(certificate_time startdate)
    end=$(certificate_time enddate)
    [ "$now" -lt $((start + (end - start) * 2 / 3)) ] || echo "a third of its life is left at most"
  fi
}

run_certbot() { # COMMAND OPTION...
  certbot "$1" --non-interactive --agree-tos --server "$directory" --config-dir "$folder/acme" \
    --work-dir "$folder/acme/work" --logs-dir "$folder/acme/logs" --max-log-backups 20 "${@:2}" 9>&-
}

contact() { if [ -n "$email" ]; then echo "--email $email --no-eff-email"; else echo --register-unsafely-without-email; fi; }

# certbot keeps the accounts of each ACME server by its address.
has_account() { [ -n "$(find "$folder/acme/accounts/${directory#*://}" -name regr.json 2>/dev/null)" ]; }

note_email() { printf '%s %s' "$directory" "$email" >"$folder/acme/email"; }

# The address for the ACME server's own warnings follows the setting.
set_email() {
  has_account || return 0 # it will be made with the address
  [ "$(cat "$folder/acme/email" 2>/dev/null)" != "$directory $email" ] || return 0
  # shellcheck disable=SC2046 # an address holds no blank
  if run_certbot update_account $(contact); then
    note_email
  else
    echo "the ACME account keeps its old e-mail address until the next run" >&2
  fi
}

obtain() {
  local names=() name registered=
  ! has_account || registered=yes
  for name in $hostnames; do names+=(--domain "$name"); done
  # shellcheck disable=SC2046 # as above
  run_certbot certonly --webroot --webroot-path "$folder/webroot" --cert-name names --key-type ecdsa \
    --force-renewal --renew-with-new-domains $(contact) "${names[@]}" || return 1
  [ -n "$registered" ] || note_email
  printf '%s' "$directory" >"$folder/acme/issuer"
}

# What nginx has taken up is written down last of all: a run that failed on the way is finished by the
# next one, without asking the ACME server.
deployed() { [ "$(cat "$folder/acme/deployed" 2>/dev/null)" = "$(cat "$lineage"/{privkey,fullchain}.pem | sha256sum)" ]; }

# Certificate and key in one file, replaced in one piece; nginx keeps open streams while it reloads.
deploy() {
  # Another mode may have taken over meanwhile.
  [ "$(cat "$folder/kind" 2>/dev/null || echo acme)" = acme ] || return 0
  # Each checked by itself: `set -e` is off where this function is tested.
  cat "$lineage/privkey.pem" "$lineage/fullchain.pem" >"$folder/tls.pem.new" || return 1
  mv -fT "$folder/tls.pem.new" "$folder/tls.pem" || return 1
  if systemctl is-active --quiet nginx; then
    nginx -t 2>"$folder/acme/nginx.log" || {
      cat "$folder/acme/nginx.log" >&2
      echo "error: nginx refuses its configuration, so it goes on with the old certificate" >&2
      return 1
    }
    systemctl reload nginx || return 1
  fi
  sha256sum <"$folder/tls.pem" >"$folder/acme/deployed" || return 1
}

serve_fresh() {
  if [ -n "$reason" ]; then
    echo "a certificate for $hostnames from $directory: $reason" >&2
    obtain || return 1
  elif deployed; then
    return 0
  else
    echo "nginx has not taken up the certificate for $hostnames yet" >&2
  fi
  deploy
}

# For Prometheus' node exporter (textfile collector) and for people.
write_metrics() { # FAILED
  local expires=0
  [ ! -s "$lineage/cert.pem" ] || expires=$(certificate_time enddate)
  {
    echo "# HELP vps_reverse_proxy_certificate_expires_timestamp_seconds When the certificate in use ends."
    echo "# TYPE vps_reverse_proxy_certificate_expires_timestamp_seconds gauge"
    echo "vps_reverse_proxy_certificate_expires_timestamp_seconds{stack=\"$stack\"} $expires"
    echo "# HELP vps_reverse_proxy_certificate_renewal_failed Whether the last attempt to renew it failed."
    echo "# TYPE vps_reverse_proxy_certificate_renewal_failed gauge"
    echo "vps_reverse_proxy_certificate_renewal_failed{stack=\"$stack\"} $1"
  } >"$folder/metrics.prom.new"
  chmod 644 "$folder/metrics.prom.new"
  mv -fT "$folder/metrics.prom.new" "$folder/metrics.prom"
}

if [ "${1:-}" = --why ]; then
  why
  exit
fi
mkdir -p "$folder/acme"
exec 9>"$folder/acme/lock"
flock --timeout 600 9 || {
  echo "error: another renewal has been running for 10 minutes" >&2
  exit 1
}
set_email
reason=$(why)
[ "${1:-}" != --force ] || reason="asked to"
if serve_fresh; then
  write_metrics 0
else
  write_metrics 1
  echo "error: no new certificate for $hostnames; what there was keeps serving" >&2
  exit 1
fi
