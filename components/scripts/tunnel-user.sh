# shellcheck shell=bash disable=SC2154,SC2034
# The account on the VPS whose key can hold the tunnel and do nothing else.
# Values: stack, slug, account. Files: authorized_keys, sshd.conf.

home=/home/$account
keys=$home/.ssh/authorized_keys
drop_in=/etc/ssh/sshd_config.d/40-vps-reverse-proxy-$slug.conf
comment="vps-reverse-proxy stack $stack" # marks the account as ours
pending_key=sshd-$slug

# A socket-activated sshd reads its configuration at each connection.
reload_sshd() {
  is_pending || return 0
  ! systemctl is-active --quiet ssh || systemctl reload ssh
  clear_pending
}

# sshd -t on its configuration with the new file in front.
test_new_file() {
  printf 'Include %s\n' "$stage_dir/sshd.conf" /etc/ssh/sshd_config >"$stage_dir/sshd_config"
  /usr/sbin/sshd -t -f "$stage_dir/sshd_config" || fail "sshd on the VPS refuses its new configuration (its words are above); nothing was changed"
}

same_key() { cmp -s <(grep -o 'AAAA[^ ]*' "$keys") <(grep -o 'AAAA[^ ]*' "$stage_dir/authorized_keys"); }

ensure() {
  grep -Eqi '^[[:space:]]*Include[[:space:]]+"?/etc/ssh/sshd_config\.d/' /etc/ssh/sshd_config ||
    fail "sshd on the VPS does not read /etc/ssh/sshd_config.d; add this as the first line of /etc/ssh/sshd_config: Include /etc/ssh/sshd_config.d/*.conf"
  test_new_file
  if ! getent passwd "$account" >/dev/null; then
    # '*' and not '!': no password can ever match, and sshd does not take it for a locked account.
    useradd --system --user-group --comment "$comment" --home-dir "$home" --shell /usr/sbin/nologin --password '*' "$account"
    changed "created account $account"
  fi
  [ "$(account_comment "$account")" = "$comment" ] ||
    fail "the VPS has an account $account that is not this stack's; set another name: pulumi config set --path ${stack%%/*}:tunnel.account NAME"
  install_file sshd.conf "$drop_in" 600
  reload_sshd
  # All of it belongs to root: the account can change nothing about itself.
  install -d -m 755 "$home" "$home/.ssh"
  local replaced=no
  [ ! -e "$keys" ] || same_key || replaced=yes
  pending_key='' install_file authorized_keys "$keys" 644 # sshd reads it at each login
  # A key that is no longer good must not hold the ports either.
  [ $replaced = no ] || end_processes "$account"
}

absent() {
  if [ "$(account_comment "$account")" = "$comment" ]; then
    rm -f "$keys"
    end_processes "$account" # its tunnel, if one is still up
    rm -rf "$home"
    userdel "$account"
    changed "removed account $account"
  fi
  remove_file "$drop_in"
  reload_sshd
}
