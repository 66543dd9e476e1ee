# shellcheck shell=bash disable=SC2154,SC2034
# ssh, the tunnel's own account and its key on the WSL host. The private half never leaves it;
# the public half is this step's standard output.
# Values: stack, unit.

identity=$unit
home=/var/lib/$unit
key=$home/id_ed25519
comment="vps-reverse-proxy stack $stack" # marks the account, and with it the folder, as ours

refuse() { fail "$* on $(hostname) is not this stack's; set another name: pulumi config set --path ${stack%%/*}:tunnel.unit NAME"; }

ensure() {
  if ! getent passwd "$unit" >/dev/null; then
    [ ! -e "$home" ] || refuse "$home"
    useradd --system --user-group --comment "$comment" --home-dir "$home" --shell /usr/sbin/nologin "$unit"
    changed "created account $unit"
  fi
  [ "$(account_comment "$unit")" = "$comment" ] || refuse "the account $unit"
  repair_account "$unit" "$home" /usr/sbin/nologin
  lock_packages
  install_packages tunnel openssh-client python3
  remove_packages autossh autossh # what held the tunnel before the pool of connections (ADR 10)
  install -d -m 750 -o root -g "$unit" "$home"
  # An interrupted run may have left half a key.
  if ! ssh-keygen -y -P '' -f "$key" >/dev/null 2>&1; then
    rm -f "$key" "$key.pub"
    ssh-keygen -q -t ed25519 -N '' -C "$unit@$(hostname)" -f "$key"
    changed "created $key"
  fi
  chown "$unit:$unit" "$key"
  chmod 600 "$key" # ssh refuses a key that others may read
  manage file "$key"
  ssh-keygen -y -f "$key"
}

absent() {
  lock_packages
  if [ "$(account_comment "$unit")" = "$comment" ]; then
    end_processes "$unit"
    rm -rf "$home"
    userdel "$unit" # last: its comment says that the rest is ours
    changed "removed account $unit and $home"
  fi
  remove_packages tunnel openssh-client python3
}
