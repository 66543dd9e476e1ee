# shellcheck shell=bash disable=SC2154,SC2034
# The account on the VPS whose key can hold the tunnel and do nothing else.
# Values: stack, slug, account, directory (of the sockets); folders (in it) and elsewhere (where every
# account may write and this one may not), separated by spaces.
# Files: authorized_keys, sshd.conf, hold (its shell), services (how their sockets are called),
# tmpfiles.conf, sockets.mount, limits.conf, kernel.conf.

identity=$account
home=/home/$account
keys=$home/.ssh/authorized_keys
shell=$home/hold
drop_in=/etc/ssh/sshd_config.d/40-vps-reverse-proxy-$slug.conf
tmpfiles=/etc/tmpfiles.d/vps-reverse-proxy-$slug.conf
limits=/etc/security/limits.d/vps-reverse-proxy-$slug.conf
comment="vps-reverse-proxy stack $stack" # marks the account as ours
pending_key=sshd-$slug

# A socket-activated sshd reads its configuration at each connection.
reload_sshd() {
  is_pending || return 0
  ! systemctl is-active --quiet ssh || systemctl reload ssh
  clear_pending
}

# Of what Match lines say sshd takes the first, and another file may come before ours: then the key
# would open ports, or a shell. One that is in place keeps what our file still takes from it.
check_in_force() {
  local said unmet
  said=$(sshd_says "$account") || {
    [ -e "$keys" ] || remove_file "$drop_in"
    fail "sshd on the VPS does not tell what is in force for $account; its words are above"
  }
  unmet=$(first_denial "$said" "$account")
  if [ -n "$unmet" ]; then
    [ -e "$keys" ] || remove_file "$drop_in"
    fail "sshd on the VPS does not let $account in, which holds the tunnel: $unmet (there: sudo grep -rin ${unmet%% *} /etc/ssh); take that away, then run pulumi up again"
  fi
  unmet=$(first_unmet "$said" "permitlisten none" "permitopen none" "forcecommand hold" "disableforwarding no")
  [ -n "$unmet" ] || return 0
  [ -e "$keys" ] || remove_file "$drop_in"
  fail "sshd on the VPS goes on with $(in_place_of "$unmet" "$said") for $account: a file that it reads before ${drop_in##*/} says so (there: sudo grep -rin ${unmet% *} /etc/ssh); take that away, or narrow its Match line, then run pulumi up again"
}

# Whether a home without its account is one that this program has made: root's, with the shell in it.
# Somebody may have taken the account away by hand, and Debian's deluser leaves the folder.
left_by_us() {
  [ ! -L "$home" ] && [ ! -L "$shell" ] && [ -f "$shell" ] &&
    [ "$(stat -c %u "$home" "$shell" | sort -u)" = 0 ]
}

same_key() { cmp -s <(grep -o 'AAAA[^ ]*' "$keys") <(grep -o 'AAAA[^ ]*' "$stage_dir/authorized_keys"); }

ensure_account() {
  if ! getent passwd "$account" >/dev/null; then
    # Before the account, so that `absent` never takes away a folder that was there. A run that ended
    # in between has left an account without a home.
    if { [ -e "$home" ] || [ -L "$home" ]; } && ! left_by_us; then
      fail "the VPS has $home, which is not this stack's; set another name: pulumi config set --path ${stack%%/*}:tunnel.account NAME"
    fi
    # '*' and not '!': no password can ever match, and sshd does not take it for a locked account.
    useradd --system --user-group --comment "$comment" --home-dir "$home" --shell "$shell" --password '*' "$account"
    changed "created account $account"
  fi
  [ "$(account_comment "$account")" = "$comment" ] ||
    fail "the VPS has an account $account that is not this stack's; set another name: pulumi config set --path ${stack%%/*}:tunnel.account NAME"
  repair_account "$account" "$home" "$shell"
}

mount_unit() { systemd-escape --path --suffix=mount "$directory"; }

# A file system of its own, so that what the key may make there is counted.
ensure_room() {
  local unit
  unit=$(mount_unit)
  cmp -s "$stage_dir/sockets.mount" "/etc/systemd/system/$unit" && mountpoint -q "$directory" && return 0
  pending_key='' install_file sockets.mount "/etc/systemd/system/$unit" 644
  systemctl enable --quiet --no-reload "$unit"
  systemctl daemon-reload
  if mountpoint -q "$directory"; then
    # Less than is in use is refused; it then holds from the next boot on.
    systemctl reload "$unit" 2>/dev/null || true
  else
    systemctl start "$unit" || fail "systemctl status '$unit' on the VPS says why the folder of the tunnel's sockets is not mounted"
    end_processes "$account" # what it holds in the folder below is not seen any more
  fi
}

drop_room() {
  local unit
  unit=$(mount_unit)
  systemctl disable --quiet --now "$unit" 2>/dev/null || true
  pending_key='' remove_file "/etc/systemd/system/$unit"
  systemctl daemon-reload
}

# The folders of the sockets, now and after each boot; those of connections that are no more go.
ensure_folders() {
  local folder
  ensure_room
  pending_key='' install_file tmpfiles.conf "$tmpfiles" 644
  systemd-tmpfiles --create "$tmpfiles" || fail "systemd-tmpfiles on the VPS cannot make the folders of the tunnel's sockets; its words are above"
  for folder in "$directory"/*[ab]; do
    [ ! -d "$folder" ] || [[ " $folders " == *" ${folder##*/} "* ]] || rm -rf "$folder"
  done
}

# systemd keeps a folder and a manager for everybody who is logged in: the tunnel's account needs
# neither, and could make sockets in that folder.
user_units() {
  local id
  id=$(id -u "$account")
  echo "user@$id.service user-runtime-dir@$id.service"
}

mask_user_units() {
  local unit units
  units=$(user_units)
  for unit in $units; do
    manage file "/etc/systemd/system/$unit" "link to /dev/null"
    [ "$(readlink "/etc/systemd/system/$unit")" = /dev/null ] || {
      systemctl stop "$unit" 2>/dev/null || true # a masked one could not be stopped
      systemctl mask --quiet "$unit"
      changed "masked $unit"
    }
  done
}

# What the accounts of other stacks have in a place where every account may write: nothing.
others_entries() { # PLACE
  local entry
  sed -n "s|^a+ $1 - - - - ||p" /etc/tmpfiles.d/vps-reverse-proxy-*.conf 2>/dev/null | sort -u | while read -r entry; do
    case $entry in
    user:"$account":*) ;;
    *) ! getent passwd "$(cut -d: -f2 <<<"$entry")" >/dev/null || printf ',%s' "$entry" ;;
    esac
  done
}

# What tmpfiles.conf took from the account elsewhere: back to what every account has. A list of
# entries takes the place of all there are, so those of other stacks are in it.
allow_elsewhere() {
  local place
  for place in $elsewhere; do
    printf 'a %s - - - - user::rwx,group::rwx,other::rwx%s\n' "$place" "$(others_entries "$place")"
  done | systemd-tmpfiles --create - 2>/dev/null || true
}

ensure() {
  test_sshd_file
  ensure_account
  # All of it belongs to root: the account can change nothing about itself.
  install -d -m 750 -o root -g "$account" "$home"
  manage mode "$home"
  install -d -m 755 -o root -g root "$home/.ssh"
  [ "$(readlink "$home/sockets")" = "$directory" ] || ln -sfn "$directory" "$home/sockets"
  pending_key='' install_file services "$home/services" 644
  pending_key='' install_file hold "$shell" 755
  pending_key='' install_file limits.conf "$limits" 644
  ensure_folders
  mask_user_units
  tune_kernel
  install_file sshd.conf "$drop_in" 600
  check_in_force
  reload_sshd
  local replaced=no
  [ ! -e "$keys" ] || same_key || replaced=yes
  pending_key='' install_file authorized_keys "$keys" 644 # sshd reads it at each login
  # A key that is no longer good must not hold the sockets either.
  [ $replaced = no ] || end_processes "$account"
}

absent() {
  if [ "$(account_comment "$account")" = "$comment" ]; then
    rm -f "$keys"
    end_processes "$account" # its tunnel, if one is still up
    # shellcheck disable=SC2046 # two names
    systemctl unmask --quiet $(user_units)
    allow_elsewhere
    drop_room
    rm -rf "$home" "$directory"
    userdel "$account"
    changed "removed account $account"
  fi
  pending_key='' remove_file "$tmpfiles"
  pending_key='' remove_file "$limits"
  restore_kernel
  remove_file "$drop_in"
  reload_sshd
}
