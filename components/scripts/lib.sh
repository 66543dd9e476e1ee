# shellcheck shell=bash disable=SC2154
# What every step shares. Silence means that nothing changed; what changed is said on stderr,
# because a step's standard output is data for the program.
set -euo pipefail
umask 022

stage_dir=$(mktemp -d)
trap 'rm -rf "$stage_dir"' EXIT
memory=/var/lib/vps-reverse-proxy

changed() { echo "changed: $*" >&2; }

fail() {
  echo "error: $*" >&2
  exit 1
}

# Keep standard input as a file of this step.
stage() { cat >"$stage_dir/$1"; }

# Put a staged file in its place, atomically. True when the file changed.
install_file() { # STAGED TARGET MODE [OWNER:GROUP]
  local staged=$stage_dir/$1 target=$2 mode=$3 owner=${4:-root:root}
  if [ -f "$target" ] && cmp -s "$staged" "$target" &&
    [ "$(stat -c '%a %U:%G' "$target")" = "$mode $owner" ]; then
    return 1
  fi
  mkdir -p "$(dirname "$target")"
  local new
  new=$(mktemp "$target.new.XXXXXX")
  cat "$staged" >"$new"
  chown "$owner" "$new"
  chmod "$mode" "$new"
  mv -f "$new" "$target"
  changed "$target"
}

remove_file() { # TARGET: true when there was one
  [ -e "$1" ] || [ -L "$1" ] || return 1
  rm -f "$1"
  changed "removed $1"
}

# apt with nobody at the keyboard; waits for whoever holds the package database, up to 5 minutes.
# Its many words go to a file and are shown only when it fails.
quiet_apt() {
  local log=$stage_dir/apt.log deadline=$((SECONDS + 300))
  while ! DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -q -y \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@" >"$log" 2>&1; do
    # `update` does not wait for its lock by itself.
    if grep -q 'Could not get lock' "$log" && [ $SECONDS -lt $deadline ]; then
      sleep 2
      continue
    fi
    tail -n 25 "$log" >&2
    fail "apt-get $1 failed on $(hostname); its last words are above"
  done
}

# Who listens on a TCP port: "apache2 (pid 123)", or nothing.
port_owner() { # PORT
  ss -Hltnp "sport = :$1" | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (pid \2)/p' | head -n 1
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

package_names() { dpkg-query -W -f='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort; }

# Install packages, and remember under KEY which ones were not there before, to take them away again.
install_packages() { # KEY PACKAGE...
  local key=$1 name
  shift
  local missing=()
  for name in "$@"; do
    installed "$name" || missing+=("$name")
  done
  mkdir -p "$memory/users/$key"
  touch "$memory/users/$key/${stack//\//_}"
  [ ${#missing[@]} -gt 0 ] || return 0
  package_names >"$stage_dir/before"
  quiet_apt update
  quiet_apt install --no-install-recommends "${missing[@]}"
  package_names | comm -13 "$stage_dir/before" - >>"$memory/$key.packages"
  changed "installed ${missing[*]}"
}

# Undo install_packages, once the last stack that used KEY is gone. What somebody else has come to
# need meanwhile stays.
remove_packages() { # KEY PACKAGE...
  local key=$1 names unrelated
  shift
  rm -f "$memory/users/$key/${stack//\//_}"
  rmdir "$memory/users/$key" 2>/dev/null || return 0
  if [ -s "$memory/$key.packages" ]; then
    mapfile -t names <"$memory/$key.packages"
    unrelated=$(apt-get -s purge "${names[@]}" 2>/dev/null | awk '/^(Purg|Remv) /{print $2}' |
      grep -vxF -f "$memory/$key.packages" || true)
    [ -z "$unrelated" ] || names=("$@")
    quiet_apt purge "${names[@]}"
    changed "removed ${names[*]}"
  fi
  rm -f "$memory/$key.packages"
  rmdir "$memory/users" "$memory" 2>/dev/null || true
}

main() {
  case ${1:-} in
  ensure) ensure ;;
  absent) absent ;;
  *) fail "say ensure or absent" ;;
  esac
}
