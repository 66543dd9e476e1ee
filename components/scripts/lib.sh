# shellcheck shell=bash disable=SC2154
# What every step shares. Silence means that nothing changed; what changed is said on stderr,
# because a step's standard output is data for the program.

folders_lock=/run/lock/vps-reverse-proxy-folders
pending_dir=/run/vps-reverse-proxy
pending_key= # set by a step whose files a service must take up

# Steps run side by side on one host, and a folder that one of them leaves empty goes: never between
# another's making it and putting something there.
one_at_a_time() { # COMMAND...
  # What fails ends the step, also where a caller tests it and `set -e` is off.
  (flock 5 && "$@") 5>"$folders_lock" || exit
}

changed() { echo "changed: $*" >&2; }

fail() {
  echo "error: $*" >&2
  exit 1
}

# A changed file that a service must still take up is noted before it is in place, and struck off
# once the service has: a step that is killed in between is finished by the next one. The note is
# in /run, for after a reboot every service has read its files.
mark_pending() { [ -z "$pending_key" ] || one_at_a_time put_mark; }
put_mark() { { mkdir -p "$pending_dir" && : >"$pending_dir/$pending_key"; } || fail "cannot write to $pending_dir"; }
is_pending() { [ -e "$pending_dir/$pending_key" ]; }
clear_pending() { one_at_a_time drop_mark; }
drop_mark() {
  rm -f "$pending_dir/$pending_key"
  rmdir "$pending_dir" 2>/dev/null || true
}

# Put a staged file in its place, atomically, unless it is there already.
install_file() { # STAGED TARGET MODE [OWNER:GROUP]
  local staged=$stage_dir/$1 target=$2 mode=$3 owner=${4:-root:root} new='' sum
  sum=$(sha256sum "$staged") && manage file "$target" "${sum%% *} $mode $owner"
  if [ -f "$target" ] && [ ! -L "$target" ] && cmp -s "$staged" "$target" &&
    [ "$(stat -c '%a %U:%G' "$target")" = "$mode $owner" ]; then
    return 0
  fi
  mark_pending
  # Each command is checked by itself: `set -e` is off where a caller tests this function.
  {
    mkdir -p "$(dirname "$target")" && new=$(mktemp "$target.new.XXXXXX") && cat "$staged" >"$new" &&
      chown "$owner" "$new" && chmod "$mode" "$new" && mv -fT "$new" "$target"
  } || {
    rm -f "$new"
    fail "cannot write $target"
  }
  changed "$target"
}

remove_file() { # TARGET
  manage file "$1" absent
  [ -e "$1" ] || [ -L "$1" ] || return 0
  mark_pending
  rm -f "$1" || fail "cannot remove $1"
  changed "removed $1"
}

# A service that a timer starts, and the timer.
remove_timed_service() { # UNIT, without its suffix
  systemctl disable --quiet --now "$1.timer" 2>/dev/null || true
  systemctl stop "$1.service" 2>/dev/null || true
  remove_file "/etc/systemd/system/$1.timer"
  remove_file "/etc/systemd/system/$1.service"
  systemctl daemon-reload
  systemctl reset-failed "$1.service" 2>/dev/null || true
}

# Who owns an account, as told by its comment; nothing when there is no such account.
account_comment() { getent passwd "$1" | cut -d: -f5 || true; }

# The home and the shell that an account of ours was made with.
repair_account() { # ACCOUNT HOME SHELL
  manage account "$1" "$2:$3"
  [ "$(observe account "$1")" = "$2:$3" ] && return
  usermod --home "$2" --shell "$3" "$1"
  changed "home and shell of account $1"
}

# End every process of an account, and wait until they are gone.
end_processes() { # ACCOUNT
  local deadline=$((SECONDS + 10))
  while pkill -KILL -u "$1"; do
    [ $SECONDS -lt $deadline ] || fail "processes of $1 on $(hostname) do not end: $(pgrep -u "$1" -l | tr '\n' ' ')"
    sleep 0.1
  done
}

# Whether Debian's own site is as its package brought it, or came with an nginx of ours: nobody's. One
# of an nginx that was there before us may be somebody's by now, as by certbot's hand.
is_stock() { # FILE
  local came
  ! grep -qsx nginx "$memory/nginx.packages" || return 0
  came=$(dpkg-query -W -f='${Conffiles}\n' nginx-common 2>/dev/null | sed -n 's|^ .*/sites-available/default \([0-9a-f]*\).*|\1|p' || true)
  [ "$(md5sum 2>/dev/null <"$1")" = "$came  -" ]
}

# Sites of nginx that are not this program's.
other_sites() {
  local file
  for file in /etc/nginx/sites-enabled/* /etc/nginx/conf.d/*.conf; do
    case $file in
    */conf.d/vps-reverse-proxy-*) ;;
    */sites-enabled/default) [ ! -e "$file" ] || is_stock "$file" || echo "$file" ;;
    *) [ ! -e "$file" ] || echo "$file" ;;
    esac
  done
}

main() {
  case ${1:-} in
  ensure)
    keep_undo
    start_notes
    ensure
    write_notes
    forget_undo
    ;;
  absent)
    absent
    drop_notes
    forget_undo
    ;;
  *) fail "say ensure or absent" ;;
  esac
}
