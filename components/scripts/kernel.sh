# shellcheck shell=bash disable=SC2154
# Kernel settings for as long as some stack needs them. The file kernel.conf names them; one that
# this kernel does not have is left out, and said.
# Values: stack.

kernel_file=/etc/sysctl.d/90-vps-reverse-proxy.conf
kernel_module=/etc/modules-load.d/vps-reverse-proxy.conf
kernel_before=$memory/kernel.before # "key = value" lines

setting_path() { echo "/proc/sys/${1//.//}"; }

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

put_setting() { echo "$2" >"$(setting_path "$1")" 2>/dev/null; } # KEY VALUE

tune_kernel() {
  local key value old missing=()
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
    old=$(<"$(setting_path "$key")")
    [ "$old" != "$value" ] || continue
    grep -qsF "$key = " "$kernel_before" || echo "$key = $old" >>"$kernel_before"
    put_setting "$key" "$value" || fail "the kernel of $(hostname) refuses $key = $value"
    changed "$key = $value"
  done <"$stage_dir/kernel.conf"
  if [ ! -e "$kernel_file" ] && [ ${#missing[@]} -gt 0 ]; then
    printf 'note: the kernel of %s has no %s\n' "$(hostname)" "${missing[@]}" >&2
  fi
  pending_key='' install_file settings "$kernel_file" 644
}

restore_kernel() {
  local key value mark=$memory/users/kernel/${stack//\//_}
  rm -f "$mark"
  [ -z "$(find "$memory/users/kernel" -type f 2>/dev/null)" ] || return 0
  if [ -e "$kernel_before" ]; then
    while read -r key _ value; do
      put_setting "$key" "$value" || true
      changed "$key = $value"
    done <"$kernel_before"
  fi
  pending_key='' remove_file "$kernel_file"
  pending_key='' remove_file "$kernel_module"
  rm -f "$kernel_before"
  rmdir "$memory/users/kernel" "$memory/users" "$memory" 2>/dev/null || true
}
