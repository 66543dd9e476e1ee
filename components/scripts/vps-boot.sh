# shellcheck shell=bash disable=SC2154
# The first login to a VPS: wait until it has finished booting, and look whether it can be used.
# Values: stack, rented ("yes" or "no"), admin, ports (of the VPS that are open,
# separated by spaces). Files: authorized_keys (rented machines only).

wait_for_cloud_init() {
  command -v cloud-init >/dev/null || return 0
  local status=0
  timeout 900 cloud-init status --wait >/dev/null 2>&1 || status=$?
  case $status in
  0 | 2) ;; # 2: finished, with something it could recover from
  124) fail "the VPS did not finish its first boot within 15 minutes: $(cloud-init status --long 2>&1 | tr '\n' ' ')" ;;
  *)
    cloud-init status --long >&2 || true
    tail -n 20 /var/log/cloud-init-output.log >&2 || true
    fail "cloud-init failed on the VPS; its words are above. Replace the VPS: pulumi up --replace \"\$(pulumi stack --show-urns | grep -o 'urn:.*vps-server.*')\""
    ;;
  esac
}

# The image's own firewall, which some providers (Vultr) switch on with ssh alone let in. Who may
# come in is for the provider's firewall, and ours where the mode needs one.
open_image_firewall() {
  command -v ufw >/dev/null && LC_ALL=C ufw status | grep -q '^Status: active' || return 0
  local opened
  for opened in $ports; do
    ufw allow "$opened/tcp" >/dev/null || fail "ufw on the VPS does not open port $opened; its words are above"
  done
}

# Whether ufw lets somebody in on a port, by its own words on standard input.
lets_in() { # PORT
  awk -v port="$1" '
    / (ALLOW|LIMIT) IN / && $1 !~ /udp/ {
      sub("/.*", "", $1)
      count = split($1, entries, ",")
      for (i = 1; i <= count; i++) {
        last = split(entries[i], ends, ":")
        if (port + 0 >= ends[1] + 0 && port + 0 <= ends[last] + 0) found = 1
      }
    }
    END { exit !found }'
}

# The firewall of a machine that somebody has is his: what it keeps from the names is told.
tell_of_firewall() {
  local said opened
  command -v ufw >/dev/null && said=$(LC_ALL=C ufw status verbose) || return 0
  if ! grep -q '^Status: active' <<<"$said" || grep -q '^Default: allow (incoming)' <<<"$said"; then return 0; fi
  for opened in $ports; do
    lets_in "$opened" <<<"$said" ||
      echo "warning: ufw on the VPS lets nobody in on port $opened: type there: sudo ufw allow $opened/tcp" >&2
  done
}

ensure() {
  command -v apt-get >/dev/null || fail "the VPS has no apt-get; Debian 12 and later and Ubuntu 24.04 and later are supported"
  [ -d /run/systemd/system ] || fail "the VPS does not run systemd"
  if [ "$rented" = yes ]; then
    wait_for_cloud_init
    open_image_firewall
    local home
    home=$(getent passwd "$admin" | cut -d: -f6)
    install_file authorized_keys "$home/.ssh/authorized_keys" 600 "$admin:$admin"
  else
    tell_of_firewall
  fi
}

# The first step to come, and the last to go.
keep_undo() { :; }
absent() { undo_unfinished; }
