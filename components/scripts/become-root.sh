# shellcheck shell=bash
# The beginning of every step that needs it: go on as root. A shell reads a script from a pipe no further than it
# has to, so the one that takes over goes on with the next line. LC_ALL keeps the words of tools that
# steps read.
if [ "$(id -u)" != 0 ]; then
  if ! sudo -n true </dev/null 2>/dev/null; then
    echo "error: $(id -un) may not use sudo without a password on $(hostname); allow it there (sudo visudo -f /etc/sudoers.d/vps-reverse-proxy): $(id -un) ALL=(ALL) NOPASSWD: ALL" >&2
    exit 1
  fi
  exec sudo -n bash -s -- "$@"
fi
export LC_ALL=C.UTF-8
