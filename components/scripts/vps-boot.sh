# shellcheck shell=bash disable=SC2154
# The first login to a VPS: wait until it has finished booting, and look whether it can be used.
# Values: stack, rented ("yes" or "no"), admin, ssh_port, ports (of the VPS that are open, ssh_port
# among them, separated by spaces). Files: authorized_keys (rented machines only).

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

# The first rule by which ufw lets somebody in on a port, by ufw's own words on standard input: ALLOW
# or LIMIT, and what `ufw allow` calls it; nothing where there is none.
lets_in() { # PORT
  awk -v port="$1" '
    / (ALLOW|LIMIT) IN / && $1 !~ /udp/ {
      action = ($0 ~ / LIMIT IN /) ? "LIMIT" : "ALLOW"
      name = $0
      sub("( on [^ ]+)? +(ALLOW|LIMIT) IN .*", "", name)
      gsub(" ?[(]v6[)]", "", name)
      if (sub(".*[(]", "", name)) sub("[)]$", "", name)
      sub("/.*", "", $1)
      count = split($1, entries, ",")
      for (i = 1; i <= count; i++) {
        last = split(entries[i], ends, ":")
        if (port + 0 >= ends[1] + 0 && port + 0 <= ends[last] + 0) {
          print action, name
          exit
        }
      }
    }'
}

# An address that connects six times in 30 seconds is shut out, for as long as it goes on trying: a
# run of pulumi does, and the tunnel would never come back.
refuse_limit() {
  local found rule
  found=$(lets_in "$ssh_port")
  [[ $found == LIMIT* ]] || return 0
  rule=${found#LIMIT }
  [[ $rule != *' '* ]] || rule="'$rule'"
  fail "ufw on the VPS limits how often one address may connect to ssh (port $ssh_port), and would shut out pulumi and the tunnel; type there: sudo ufw allow $rule (it takes the limit's place), then run pulumi up again"
}

# The firewall of a machine that somebody has is his: what it keeps from the names is told.
tell_of_firewall() {
  local said opened
  command -v ufw >/dev/null && said=$(LC_ALL=C ufw status verbose) || return 0
  grep -q '^Status: active' <<<"$said" || return 0
  refuse_limit <<<"$said"
  ! grep -q '^Default: allow (incoming)' <<<"$said" || return 0
  for opened in $ports; do
    [ -n "$(lets_in "$opened" <<<"$said")" ] ||
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
