# shellcheck shell=bash disable=SC2154
# The account on the VPS whose key can hold the tunnel and do nothing else.
# Values: stack, slug, account. Files: authorized_keys, sshd.conf.

home=/home/$account
drop_in=/etc/ssh/sshd_config.d/40-vps-reverse-proxy-$slug.conf
owner_file=$home/.vps-reverse-proxy

reload_sshd() {
  sshd -t || fail "sshd refuses its configuration (its words are above)"
  systemctl reload ssh
}

ensure() {
  local touched=no
  if getent passwd "$account" >/dev/null; then
    [ "$(cat "$owner_file" 2>/dev/null)" = "$stack" ] ||
      fail "the VPS has an account '$account' that is not this stack's; set another: pulumi config set --path vps-reverse-proxy:tunnel.account tunnel-$slug"
  else
    # '*' and not '!': no password can ever match, and sshd does not take it for a locked account.
    useradd --system --user-group --home-dir "$home" --shell /usr/sbin/nologin --password '*' "$account"
    changed "created account $account"
  fi
  # All of it belongs to root: the account can change nothing about itself.
  mkdir -p "$home/.ssh"
  chmod 755 "$home" "$home/.ssh"
  printf '%s\n' "$stack" >"$owner_file"
  install_file authorized_keys "$home/.ssh/authorized_keys" 644 || true

  grep -Eqi '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config\.d/' /etc/ssh/sshd_config ||
    fail "sshd on the VPS does not read /etc/ssh/sshd_config.d; add this as the first line of /etc/ssh/sshd_config: Include /etc/ssh/sshd_config.d/*.conf"
  cp -a "$drop_in" "$stage_dir/old-drop-in" 2>/dev/null || true
  install_file sshd.conf "$drop_in" 600 && touched=yes
  [ $touched = yes ] || return 0
  if ! sshd -t; then
    rm -f "$drop_in"
    [ ! -e "$stage_dir/old-drop-in" ] || cp -a "$stage_dir/old-drop-in" "$drop_in"
    fail "sshd refuses the new configuration (its words are above); the old one is back"
  fi
  reload_sshd
}

absent() {
  remove_file "$drop_in" && reload_sshd
  [ "$(cat "$owner_file" 2>/dev/null)" = "$stack" ] || return 0
  pkill -KILL -u "$account" || true # its tunnel, if one is still up
  userdel "$account" || true
  rm -rf "$home"
  changed "removed account $account"
}
