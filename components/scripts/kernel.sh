# shellcheck shell=bash disable=SC2154
# Kernel settings for as long as some stack needs them. The file kernel.conf names them; one that
# this kernel does not have is left out, and said.
# Values: stack.

kernel_file=/etc/sysctl.d/90-vps-reverse-proxy.conf
kernel_module=/etc/modules-load.d/vps-reverse-proxy.conf
kernel_before=$memory/kernel.before # "key = value" lines
sysctls=/proc/sys

# Stacks on one machine share its settings, and what they were before.
lock_settings() {
  exec 7>/run/lock/vps-reverse-proxy-settings
  flock --timeout 60 7 || fail "another run of pulumi is changing settings of $(hostname); end it, then run pulumi up again"
}

setting_path() { echo "$sysctls/${1//.//}"; }

# The places of a setting; a `*` in it stands for every network interface.
setting_places() { # KEY
  local place
  for place in "$sysctls"/${1//.//}; do # unquoted: the shell finds them
    [ ! -w "$place" ] || echo "$place"
  done
}

# Whether the kernel takes it. A step may be killed in between: how it was is noted first, in a line
# of its own, and struck off where nothing came of it (a container may write where it may not change).
change_setting() { # PLACE VALUE MEMORY NAME (of the line)
  local old added=no
  old=$(<"$1")
  [ "$old" != "$2" ] || return 0
  if ! grep -qsF "$4 " "$3"; then
    { mkdir -p "${3%/*}" && echo "$4 $old" >>"$3"; } || fail "cannot write $3"
    added=yes
  fi
  if { echo "$2" >"$1"; } 2>/dev/null; then
    changed "${1#"$sysctls/"} = $2"
  else
    [ $added = no ] || sed -i '$d' "$3"
    return 1
  fi
}

# Put settings back as they were. What somebody has changed since is theirs, and what the kernel
# refuses is how it wants it.
give_settings_back() { # MEMORY FILE (with ours, "KEY = VALUE" lines)
  local key place value now
  local -A ours=()
  [ -e "$1" ] || return 0
  if [ -e "$2" ]; then
    while read -r key _ value; do
      while read -r place; do ours[$place]=$value; done < <(setting_places "$key")
    done <"$2"
  fi
  while read -r key value; do
    value=${value#= }
    case $key in /*) place=$key ;; *) place=$(setting_path "$key") ;; esac
    [ -w "$place" ] || continue
    now=$(<"$place")
    if [ "$now" = "$value" ] || [ "$now" != "${ours[$place]:-$now}" ]; then continue; fi
    if { echo "$value" >"$place"; } 2>/dev/null; then changed "${place#"$sysctls/"} = $value"; fi
  done <"$1"
}

# Whether this kernel can take a setting; a congestion control may first have to be loaded.
has_setting() { # KEY VALUE
  local path
  path=$(setting_path "$1")
  [ -w "$path" ] || return 1
  [ "$1" = net.ipv4.tcp_congestion_control ] || return 0
  if ! grep -qw "$2" /proc/sys/net/ipv4/tcp_available_congestion_control; then
    modprobe -q "tcp_$2" 2>/dev/null || return 1
    grep -qw "$2" /proc/sys/net/ipv4/tcp_available_congestion_control || return 1
    echo "tcp_$2" >"$stage_dir/module"
    install_file module "$kernel_module" 644
  fi
}

tune_kernel() {
  local key value setting missing=()
  lock_settings
  mkdir -p "$memory/users/kernel"
  touch "$memory/users/kernel/${stack//\//_}"
  : >"$stage_dir/settings"
  while read -r key _ value; do
    case $key in
    '' | '#'*) continue ;;
    # So many tries with the usual waits would keep a dead connection for hours.
    net.ipv4.tcp_retries2) [ -e "$(setting_path net.ipv4.tcp_rto_max_ms)" ] || continue ;;
    esac
    if ! has_setting "$key" "$value"; then
      missing+=("$key = $value")
      continue
    fi
    echo "$key = $value" >>"$stage_dir/settings"
    manage sysctl "$key" "$value"
    change_setting "$(setting_path "$key")" "$value" "$kernel_before" "$key =" ||
      fail "the kernel of $(hostname) refuses $key = $value"
  done <"$stage_dir/kernel.conf"
  if [ ! -e "$kernel_file" ]; then
    for setting in "${missing[@]}"; do
      echo "note: the kernel of $(hostname) has no $setting" >&2
    done
  fi
  pending_key='' install_file settings "$kernel_file" 644
  exec 7>&-
}

restore_kernel() {
  lock_settings
  rm -f "$memory/users/kernel/${stack//\//_}"
  [ -z "$(find "$memory/users/kernel" -type f 2>/dev/null)" ] || return 0
  give_settings_back "$kernel_before" "$kernel_file"
  pending_key='' remove_file "$kernel_file"
  pending_key='' remove_file "$kernel_module"
  rm -f "$kernel_before"
  rmdir "$memory/users/kernel" "$memory/users" "$memory" 2>/dev/null || true
}
