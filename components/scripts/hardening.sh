# shellcheck shell=bash disable=SC2154,SC2034
# The VPS closed to all it need not serve: sshd and firewall, changed under a guard (ADR 0018), and
# the first boot's files for root alone. What can lock nobody out is in hardening-machine.sh.
# Runs twice: `phase=change` makes the changes, and `phase=confirm`, over a connection of its own,
# finds that one can still log in.
# Values: stack, slug, table, phase, seconds (until what nobody confirmed is put back).
# Files: sshd.conf, sshd-new.conf, sshd-old.conf, sshd-administrator.conf, firewall.nft,
# firewall.service, rollback, rollback.service, rollback.timer.

folder=/var/lib/vps-reverse-proxy/guard-$slug
units=/etc/systemd/system
firewall_unit=vps-reverse-proxy-$slug-firewall.service
rollback=vps-reverse-proxy-$slug-rollback
rules=/etc/vps-reverse-proxy/$slug-firewall.nft
# 00: before cloud-init's and everybody else's.
sshd_file=/etc/ssh/sshd_config.d/00-vps-reverse-proxy-$slug.conf

guarded() { # a staged file and its place, one pair a line
  printf '%s\n' "sshd.conf $sshd_file" "firewall.nft $rules" "firewall.service $units/$firewall_unit"
}

differs() { ! cmp -s "$stage_dir/$1" "$2"; } # STAGED TARGET

# Also whether somebody has changed since what the last login proved: rules loaded by hand, a mode.
any_differs() {
  local staged target
  while read -r staged target; do
    if differs "$staged" "$target" || ! as_noted file "$target"; then return 0; fi
  done < <(guarded)
  if ! as_noted unit "$firewall_unit" || ! as_noted table "inet $table"; then return 0; fi
  ! nft list table inet "$table" >/dev/null 2>&1
}

# What is in force, once a login has proven it.
note_guarded() {
  local staged target
  while read -r staged target; do manage file "$target"; done < <(guarded)
  manage package nftables
  manage unit "$firewall_unit"
  manage table "inet $table"
}

# The staged sshd.conf, with what is for this sshd alone: older ones refuse the newer words.
complete_sshd_file() {
  local kind
  for kind in sshd-new.conf sshd-old.conf; do
    /usr/sbin/sshd -t -f "$stage_dir/$kind" 2>/dev/null || continue
    # Last what is for one user: a Match goes on to the end of its file.
    cat "$stage_dir/$kind" "$stage_dir/sshd-administrator.conf" >>"$stage_dir/sshd.conf"
    return
  done
  fail "sshd on the VPS knows neither of our key exchanges; Debian 12 and later and Ubuntu 24.04 and later are supported"
}

# Another file may come before ours, and a Match line takes precedence over both. What is told here is
# undone by the guard.
check_in_force() {
  local said unmet wanted=("permitrootlogin no")
  said=$(sshd_says root) ||
    fail "sshd on the VPS does not tell which settings are in force (its words are above); the old ones come back within $seconds s"
  # A key and something more is more than we ask for; the second may be a password.
  grep -q '^authenticationmethods .*publickey,[^ ]*password' <<<"$said" || wanted+=("passwordauthentication no")
  said=$(sed -E '/^authenticationmethods/s/(publickey),[^ ]*/\1/g; s/(publickey)( publickey)+$/\1/' <<<"$said")
  unmet=$(first_unmet "$said" "${wanted[@]}" "authenticationmethods publickey")
  [ -z "$unmet" ] ||
    fail "sshd on the VPS goes on with $(in_place_of "$unmet" "$said"), which server.harden asks for: a file that it reads before ${sshd_file##*/}, or a Match line, says so (there: sudo grep -rin ${unmet% *} /etc/ssh); take that away, then run pulumi up again. The old settings come back within $seconds s"
}

check_files() {
  test_sshd_file
  refuse_second_factor
  refuse_lost_factor
  nft --check --file "$stage_dir/firewall.nft" || fail "nftables on the VPS refuses the firewall's rules (its words are above); nothing was changed"
}

# From here on the old files come back by themselves, unless somebody logs in first.
arm() {
  local staged target
  rm -rf "$folder/old" "$folder/fired" "$folder/reported"
  while read -r staged target; do
    [ -e "$target" ] || continue
    mkdir -p "$folder/old${target%/*}"
    cp -a "$target" "$folder/old$target"
  done < <(guarded)
  echo "$table" >"$folder/table"
  cp "$stage_dir/rollback" "$folder/rollback"
  guarded | cut -d' ' -f2 >"$folder/armed.new"
  mv "$folder/armed.new" "$folder/armed"
  cp "$stage_dir/rollback.service" "$units/$rollback.service"
  cp "$stage_dir/rollback.timer" "$units/$rollback.timer"
  # One reading of all units; each takes a while on a small machine.
  install_file firewall.service "$units/$firewall_unit" 644
  # Anew: another version of the unit may be wanted by another target.
  systemctl reenable --quiet --no-reload "$rollback.timer" "$firewall_unit"
  systemctl daemon-reload
  systemctl restart "$rollback.timer"
}

# A run that ended between change and confirmation: what it replaced is what is to be kept.
undo_unconfirmed() {
  [ -e "$folder/armed" ] || return 0
  systemctl stop "$rollback.timer"
  flock --unlock 8 # the program takes it
  bash "$folder/rollback" "$folder"
  flock 8
  rm -f "$folder/fired"
}

drop_timer() {
  systemctl stop "$rollback.timer" 2>/dev/null || true
  systemctl disable --quiet --no-reload "$rollback.timer" 2>/dev/null || true
  rm -f "$units/$rollback.service" "$units/$rollback.timer"
}

disarm() {
  drop_timer
  rm -rf "$folder"
}

apply() {
  install_file sshd.conf "$sshd_file" 600
  # A socket-activated sshd reads its configuration at each connection.
  ! systemctl is-active --quiet ssh || systemctl reload ssh
  check_in_force
  install_file firewall.nft "$rules" 644
  # A restart would open the machine for a moment; loading the rules is one transaction.
  systemctl reload-or-restart "$firewall_unit" || fail "systemctl status $firewall_unit on the VPS says why the firewall's rules are not in force"
}

change() {
  lock_packages
  install_packages nftables nftables
  exec 9>&-
  close_user_data
  undo_unconfirmed
  complete_sshd_file
  any_differs || {
    # What was put back is what is asked for now, and no confirmation is due.
    rm -f "$folder/fired" "$folder/reported"
    return 0
  }
  check_files
  arm
  apply
}

# What the first boot was told holds the host's private key.
close_user_data() {
  local place places=()
  for place in /var/lib/cloud /run/cloud-init; do [ ! -d "$place" ] || places+=("$place"); done
  [ ${#places[@]} -gt 0 ] || return 0
  find "${places[@]}" -xdev -type f -perm /077 \
    \( -path '*/seed/*' -o -name 'user-data*' -o -name 'vendor-data*' -o -name 'cloud-config.txt' -o -name '*sensitive*' -o -name 'obj.pkl' \) \
    -exec chmod 600 {} + -exec printf 'changed: mode of %s\n' {} + >&2
}

# Whether the old files came back in this run: its dials end within two minutes. A run that was
# interrupted, and not locked out, finds that later.
fired_now() { [ -e "$folder/fired" ] && [ $(($(date +%s) - $(stat -c %Z "$folder/fired"))) -lt $((seconds * 3)) ]; }

confirm() {
  if fired_now; then
    mv "$folder/fired" "$folder/reported"
    drop_timer
    fail "nobody could log in to the VPS with its new ssh and firewall settings within $seconds s, so it put the old ones back by itself. If that run was not interrupted: does server.ssh_allow hold the public address of this machine? Correct the settings, then run pulumi up again"
  elif [ -e "$folder/fired" ] || [ -e "$folder/reported" ]; then
    # The change itself is recorded as done; only this step is run again.
    complete_sshd_file
    check_files
    arm
    apply
    fail "the VPS had put its old ssh and firewall settings back: an earlier run was locked out or interrupted before a login proved the new ones; the new ones are now in force again for $seconds s. Run pulumi up again within this time: its login keeps them"
  elif [ -e "$folder/armed" ]; then
    disarm
    changed "kept the new ssh and firewall settings: this login proves them"
  fi
}

ensure() {
  mkdir -p "$folder"
  exec 8>"$folder/lock"
  flock --timeout 60 8 || fail "another run is changing ssh and firewall of the VPS; end it, then run pulumi up again"
  case $phase in
  change)
    change
    managed=() # nothing counts before it is confirmed
    ;;
  confirm)
    drop_notes # a change that nobody could confirm is told below, and not as drift
    confirm
    managed=()
    note_guarded
    ;;
  esac
  [ -e "$folder/armed" ] || [ -e "$folder/reported" ] || rm -rf "$folder"
}

absent() {
  disarm
  remove_file "$sshd_file"
  ! /usr/sbin/sshd -t || ! systemctl is-active --quiet ssh || systemctl reload ssh
  systemctl disable --quiet --now "$firewall_unit" 2>/dev/null || true
  remove_file "$units/$firewall_unit"
  remove_file "$rules"
  rmdir /etc/vps-reverse-proxy /var/lib/vps-reverse-proxy 2>/dev/null || true
  systemctl daemon-reload
  # Also where nft is gone, or the kernel has no nftables.
  if nft list table inet "$table" >/dev/null 2>&1; then nft delete table inet "$table"; fi
  lock_packages
  remove_packages nftables nftables
}
