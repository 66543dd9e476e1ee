# shellcheck shell=bash disable=SC2154
# What a step manages on its host, noted as it should be, so that a later run can tell what was
# changed by hand since. One file a step: KIND, NAME and how it should be, separated by tabs.
# Values: stack, step (the step's name); a step without a stack manages nothing.

: "${stack:=}" "${step:=}"
notes=/var/lib/vps-reverse-proxy/managed/${stack//\//_}
declare -A managed=() noted=() seen=()

# Who listens on a TCP port: "apache2 (pid 123)", or nothing. Whoever does on all addresses or on
# this machine's own comes first: a program on another address may stand beside ours.
port_owner() { # PORT
  local found
  found=$(ss -Hltnp "sport = :$1")
  { grep -E " (0\.0\.0\.0|127\.[0-9.]+|\*|\[::1?\])(%[^ ]*)?:$1 " <<<"$found" || true; echo "$found"; } |
    programs | sed -n 1p
}

# Of ss's lines on standard input.
programs() { sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (pid \2)/p'; }

# How a thing is, in few words without tabs.
observe() { # KIND NAME
  local found
  case $1 in
  file)
    if [ -L "$2" ]; then
      echo "link to $(readlink "$2")"
    elif [ ! -e "$2" ]; then
      echo absent
    elif [ -n "${seen[$2]:-}" ]; then
      echo "${seen[$2]}"
    else
      found=$(sha256sum <"$2" 2>/dev/null) || found=unreadable # a name may hold what sha256sum escapes
      echo "${found%% *} $(stat -c '%a %U:%G' "$2")"
    fi
    ;;
  unit)
    found=$(systemctl is-active "$2" 2>/dev/null || true)
    case $found in
    active | activating | reloading) found=running ;; # a service that is about to try again, too
    *) found=stopped ;;
    esac
    echo "$(systemctl is-enabled "$2" 2>/dev/null || true) $found"
    ;;
  package)
    found=$(dpkg-query -W -f='${db:Status-Status}' "$2" 2>/dev/null || true)
    [ "$found" = installed ] || found=absent
    echo "$found"
    ;;
  account)
    found=$(getent passwd "$2" | cut -d: -f6,7 || true)
    echo "${found:-absent}"
    ;;
  port)
    found=$(port_owner "$2" || true)
    found=${found% (pid *}
    echo "${found:-nobody}"
    ;;
  table)
    found=$(nft --stateless list table "${2% *}" "${2#* }" 2>/dev/null) || found=
    [ -z "$found" ] || found=$(sha256sum <<<"$found")
    found=${found%% *}
    echo "${found:-absent}"
    ;;
  limits) # of nginx, that its main configuration sets
    found=$(sed -nE 's/^[[:space:]]*((worker_(rlimit_nofile|processes|connections)|(server_names|map)_hash_bucket_size)[[:space:]][^;]*);.*/\1/p' "$2" 2>/dev/null |
      tr -s '\t ' ' ' | paste -sd, || true)
    echo "${found:-absent}"
    ;;
  sysctl) tr '\t' ' ' <"/proc/sys/${2//.//}" 2>/dev/null || echo absent ;;
  mount) # whether programs can be started from a mount point
    case ,$(findmnt -nro VFS-OPTIONS --mountpoint "$2" 2>/dev/null || true), in
    ,,) echo absent ;;
    *,noexec,*) echo "starting no programs" ;;
    *) echo "starting programs" ;;
    esac
    ;;
  mode) stat -c %a "$2" 2>/dev/null || echo absent ;;
  step) echo interrupted ;;
  esac
}

# Look at many files at once: a program for each would take seconds on a busy machine.
see_files() { # PATH...
  local sum access path
  while IFS=' ' read -r -d '' sum path; do seen[$path]=$sum; done < <(sha256sum -z -- "$@" 2>/dev/null)
  while IFS=$'\t' read -r -d '' access path; do
    [ -z "${seen[$path]:-}" ] || seen[$path]+=" $access"
  done < <(stat --printf '%a %U:%G\t%n\0' -- "$@" 2>/dev/null)
}

# Note a thing as managed: how it should be, or as it is now.
manage() { # KIND NAME [WANTED]
  managed["$1"$'\t'"$2"]=${3:-$(observe "$1" "$2")}
}

# What must not be compared: a program of ours changes it meanwhile.
unmanage() { unset -v "managed[$1"$'\t'"$2]"; } # KIND NAME

# Whether a thing is as the last run of this step noted it; also where there is no note.
as_noted() { # KIND NAME
  local was=${noted["$1"$'\t'"$2"]:-}
  [ -z "$was" ] || [ "$was" = "$(observe "$1" "$2")" ]
}

# Until a step is over, its note says that it was interrupted.
start_notes() {
  local kind name wanted
  [ -f "$notes/$step" ] || return 0
  while IFS=$'\t' read -r kind name wanted; do noted["$kind"$'\t'"$name"]=$wanted; done <"$notes/$step"
  printf 'step\t%s\tfinished\n' "$step" >"$notes/$step"
}

write_notes() {
  local key
  [ ${#managed[@]} -gt 0 ] || {
    drop_notes
    return 0
  }
  for key in "${!managed[@]}"; do printf '%s\t%s\n' "$key" "${managed[$key]}"; done | sort >"$stage_dir/notes"
  one_at_a_time put_notes
}

put_notes() {
  install -d -m 700 "${notes%/*}" "$notes" && mv -fT "$stage_dir/notes" "$notes/$step"
}

drop_notes() { [ -z "$stack" ] || one_at_a_time remove_notes; }

remove_notes() {
  rm -f "$notes/$step"
  rmdir "$notes" "${notes%/*}" "${notes%/*/*}" 2>/dev/null || true
}
