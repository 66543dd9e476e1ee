# shellcheck shell=bash disable=SC2154
# autossh, the tunnel's own account and its key on the WSL host. The private half never leaves it;
# the public half is this step's standard output.
# Values: stack, unit.

home=/var/lib/$unit
key=$home/id_ed25519

ensure() {
  install_packages autossh autossh openssh-client
  if ! getent passwd "$unit" >/dev/null; then
    useradd --system --user-group --home-dir "$home" --shell /usr/sbin/nologin "$unit"
    changed "created account $unit"
  fi
  install -d -m 750 -o root -g "$unit" "$home"
  if [ ! -s "$key" ]; then
    rm -f "$key" "$key.pub"
    ssh-keygen -q -t ed25519 -N '' -C "$unit@$(hostname)" -f "$key"
    changed "created $key"
  fi
  chown "$unit:$unit" "$key"
  chmod 600 "$key" # ssh refuses a key that others may read
  ssh-keygen -y -f "$key"
}

absent() {
  remove_file "$key" || true
  remove_file "$key.pub" || true
  rm -rf "$home"
  if getent passwd "$unit" >/dev/null; then
    userdel "$unit"
    changed "removed account $unit"
  fi
  remove_packages autossh autossh
}
