# shellcheck shell=bash disable=SC2154
# Packages, installed for as long as some stack needs them; a step calls lock_packages first.
# Values: stack.

memory=/var/lib/vps-reverse-proxy # which packages are ours, and who uses them
lists_are_fresh=no

# One step at a time: what an installation brings is told by what was there before it.
lock_packages() {
  exec 9>/run/lock/vps-reverse-proxy-packages
  flock --timeout 900 9 || fail "another run of pulumi has been installing packages on $(hostname) for 15 minutes; end it, then run pulumi up again"
}

# needrestart, where it is installed, would restart services after an installation, nginx with all its
# streams among them. The first word keeps it from running at all; the second has it tell and do no
# more, should it know only that one. Its hook on Ubuntu says otherwise, past the second.
export NEEDRESTART_SUSPEND=1 NEEDRESTART_MODE=l

# apt with nobody at the keyboard; waits for whoever holds the package database, up to 5 minutes.
# Its many words go to a file and are shown only when it fails.
quiet_apt() {
  local log=$stage_dir/apt.log deadline=$((SECONDS + 300)) finished=no
  # 9: a service that the package starts must not keep our lock.
  while ! DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    "$@" >"$log" 2>&1 9>&-; do
    # `update` does not wait for its lock by itself.
    if grep -q 'Could not get lock' "$log" && [ $SECONDS -lt $deadline ]; then
      sleep 2
      continue
    fi
    # Somebody's installation was cut off, by a power cut for instance: apt does nothing until it is over.
    if grep -qF 'dpkg --configure -a' "$log" && [ $finished = no ]; then
      finish_installation
      finished=yes
      continue
    fi
    tail -n 25 "$log" >&2
    fail "apt-get $1 failed on $(hostname); its last words are above"
  done
}

finish_installation() {
  DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold --configure -a \
    >"$stage_dir/dpkg.log" 2>&1 9>&- || {
    tail -n 25 "$stage_dir/dpkg.log" >&2
    fail "dpkg cannot finish an installation on $(hostname) that was interrupted; its last words are above: mend that there (sudo dpkg --configure -a), then run pulumi up again"
  }
  changed "finished an installation that was interrupted"
}

update_lists() {
  [ $lists_are_fresh = no ] || return 0
  quiet_apt update
  lists_are_fresh=yes
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

package_names() { dpkg-query -W -f='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u; }

# Note what an installation, also one that was interrupted, has brought: the packages asked for and
# those that came along, but none that somebody else asked for meanwhile.
record_packages() { # KEY PACKAGE...
  local key=$1
  shift
  [ -e "$memory/$key.before" ] || return 0
  { apt-mark showauto && printf '%s\n' "$@"; } >"$stage_dir/ours"
  package_names | comm -13 "$memory/$key.before" - | { grep -xF -f "$stage_dir/ours" || true; } >>"$memory/$key.packages"
  rm -f "$memory/$key.before"
}

# Install packages, and remember under KEY which ones were not there before, to take them away again.
# Also where all are there: another stack or KEY may have brought them, and would take them along.
install_packages() { # KEY PACKAGE...
  local key=$1 name missing=()
  shift
  mkdir -p "$memory/users/$key"
  printf '%s\n' "$@" >"$memory/users/$key/${stack//\//_}"
  for name in "$@"; do
    manage package "$name" installed
    installed "$name" || missing+=("$name")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    update_lists
    if [ ! -e "$memory/$key.before" ]; then
      package_names >"$stage_dir/before"
      mv "$stage_dir/before" "$memory/$key.before"
    fi
    quiet_apt install --no-install-recommends "${missing[@]}"
    changed "installed ${missing[*]}"
  fi
  record_packages "$key" "$@"
}

# What purging these would remove besides them.
also_removed() { # PACKAGE...
  printf '%s\n' "$@" >"$stage_dir/purged"
  apt-get -s purge "$@" 2>/dev/null | awk '/^(Purg|Remv) /{print $2}' | { grep -vxF -f "$stage_dir/purged" || true; }
}

# What KEY has brought and may take away, in the file `ours`: what another one hangs on becomes that
# one's, to take away in its turn.
leave_to_others() { # KEY
  local other wanted
  sort -u "$memory/$1.packages" >"$stage_dir/ours"
  for other in "$memory"/users/*; do
    other=${other##*/}
    mapfile -t wanted < <(cat "$memory/users/$other"/* 2>/dev/null | sort -u)
    if [ "$other" = "$1" ] || [ ${#wanted[@]} = 0 ]; then continue; fi
    # It prints each package at the beginning of a line, and what that one needs behind blanks.
    { apt-cache depends --recurse --installed --important "${wanted[@]}" 2>/dev/null || true; } |
      sed '/^[ <]/d; s/:.*//' | sort -u - <(printf '%s\n' "${wanted[@]}") >"$stage_dir/theirs"
    comm -12 "$stage_dir/ours" "$stage_dir/theirs" >"$stage_dir/left"
    [ ! -s "$stage_dir/left" ] || cat "$stage_dir/left" >>"$memory/$other.packages"
    comm -23 "$stage_dir/ours" "$stage_dir/theirs" >"$stage_dir/rest"
    mv "$stage_dir/rest" "$stage_dir/ours"
  done
}

# Whether another stack uses KEY.
others_use() { # KEY
  [ -n "$(find "$memory/users/$1" -type f ! -name "${stack//\//_}" 2>/dev/null)" ]
}

# Undo install_packages, once the last stack that used KEY is gone. What somebody else has come to
# need meanwhile stays.
remove_packages() { # KEY PACKAGE...
  local key=$1 name mark names=()
  shift
  mark=$memory/users/$key/${stack//\//_}
  record_packages "$key" "$@"
  if others_use "$key"; then
    rm -f "$mark"
    return 0
  fi
  if [ -s "$memory/$key.packages" ]; then
    leave_to_others "$key"
    while read -r name; do
      ! installed "$name" || names+=("$name")
    done <"$stage_dir/ours"
    if [ ${#names[@]} -gt 0 ] && [ -n "$(also_removed "${names[@]}")" ]; then
      names=()
      for name in "$@"; do
        if grep -qxF "$name" "$stage_dir/ours" && installed "$name"; then names+=("$name"); fi
      done
    fi
    if [ ${#names[@]} -gt 0 ] && [ -z "$(also_removed "${names[@]}")" ]; then
      quiet_apt purge "${names[@]}"
      changed "removed ${names[*]}"
    fi
  fi
  rm -f "$memory/$key.packages" "$mark"
  rmdir "$memory/users/$key" "$memory/users" "$memory" 2>/dev/null || true
}
