# shellcheck shell=bash disable=SC2154,SC2034
# What a closed VPS has no use for is off, and what its users need not read is root's: kernel
# modules and settings, copies of programs that crashed, programs in memory, the modes of a few
# files, the words before a login. Nothing here can lock anybody out. Shared by all stacks that close
# this machine; the last one puts it all back.
# Values: stack. Files: modules.conf, closed-kernel.conf, core-limits.conf, coredump.conf,
# profile, noexec.service, issue.

modules_file=/etc/modprobe.d/vps-reverse-proxy.conf
settings_file=/etc/sysctl.d/90-vps-reverse-proxy-closed.conf
loaded=/sys/module
noexec_unit=vps-reverse-proxy-noexec.service
noexec_file=/etc/systemd/system/$noexec_unit
# How things were: sysctls, modes, folders, mounts ("PATH VALUE" lines), and files; and the digests of
# our own greetings.
before=$memory/closed
users=$memory/users/closed

# As CIS asks for them: who does what and when, and how sshd is set, is nobody else's business.
private=(
  "600 /etc/crontab" "700 /etc/cron.d" "700 /etc/cron.hourly" "700 /etc/cron.daily"
  "700 /etc/cron.weekly" "700 /etc/cron.monthly" "600 /etc/ssh/sshd_config"
)
greetings=(/etc/issue /etc/issue.net)
no_programs=(/dev /dev/shm) # mount points in memory
plain_files=(
  "core-limits.conf /etc/security/limits.d/vps-reverse-proxy-closed.conf"
  "coredump.conf /etc/systemd/coredump.conf.d/vps-reverse-proxy.conf"
  "profile /etc/profile.d/vps-reverse-proxy.sh"
)

remember() { # KIND PATH VALUE: as it was before the first change
  mkdir -p "$before"
  grep -qsF "$2 " "$before/$1" || echo "$2 $3" >>"$before/$1"
}

remember_folder() { # FILE, whose folder was not there
  [ -d "${1%/*}" ] || remember folders "${1%/*}" absent
}

# A module that is in use stays: a disk or a link of the user's may hang on it.
forbid_modules() {
  local verb name rest used=()
  : >"$stage_dir/forbidden"
  while read -r verb name rest; do
    if [ "$verb" = install ] && [ -d "$loaded/${name//-/_}" ]; then
      used+=("$name")
      continue
    fi
    echo "$verb${name:+ $name}${rest:+ $rest}" >>"$stage_dir/forbidden"
  done <"$stage_dir/modules.conf"
  if [ ! -e "$modules_file" ] && [ ${#used[@]} -gt 0 ]; then
    echo "note: $(hostname) goes on using the kernel modules it has loaded: ${used[*]}" >&2
  fi
  remember_folder "$modules_file" # without kmod there is none
  install_file forbidden "$modules_file" 644
}

# Above zero, more is stricter.
is_stricter() { [ "$2" != 0 ] && [ "$(<"$1")" -gt "$2" ]; } # PLACE VALUE

restrict_kernel() {
  local key value place places taken missing=()
  : >"$stage_dir/settings"
  while read -r key _ value; do
    case $key in '' | '#'*) continue ;; esac
    mapfile -t places < <(setting_places "$key")
    taken=no
    for place in "${places[@]}"; do
      if is_stricter "$place" "$value"; then continue 2; fi # nor may our file undo that at the next boot
      if change_setting "$place" "$value" "$before/sysctls" "$place"; then taken=yes; fi
    done
    [ $taken = yes ] || {
      missing+=("$key")
      continue
    }
    # Interfaces come and go.
    [[ $key == *'*'* ]] || manage sysctl "$key"
    echo "$key = $value" >>"$stage_dir/settings"
  done <"$stage_dir/closed-kernel.conf"
  if [ ! -e "$settings_file" ] && [ ${#missing[@]} -gt 0 ]; then
    echo "note: the kernel of $(hostname) lets nobody set ${missing[*]}" >&2
  fi
  install_file settings "$settings_file" 644
}

install_plain_files() {
  local one
  for one in "${plain_files[@]}"; do
    remember_folder "${one#* }"
    install_file "${one%% *}" "${one#* }" 644
  done
}

starts_programs() { [ "$(observe mount "$1")" = "starting programs" ]; } # PLACE

# A unit does it, at each boot, too.
forbid_programs() {
  local place open=() left=() first=yes
  [ ! -e "$noexec_file" ] || first=no
  for place in "${no_programs[@]}"; do
    starts_programs "$place" || continue
    remember mounts "$place" exec
    open+=("$place")
  done
  install_file noexec.service "$noexec_file" 644
  if [ ${#open[@]} -gt 0 ] || ! systemctl is-enabled --quiet "$noexec_unit"; then
    systemctl daemon-reload
    systemctl enable --quiet "$noexec_unit"
    systemctl restart "$noexec_unit"
  fi
  manage unit "$noexec_unit"
  for place in "${no_programs[@]}"; do manage mount "$place"; done
  for place in "${open[@]}"; do
    if starts_programs "$place"; then left+=("$place"); else changed "no program is started from $place"; fi
  done
  if [ $first = yes ] && [ ${#left[@]} -gt 0 ]; then
    echo "note: the kernel of $(hostname) goes on starting programs from ${left[*]}" >&2
  fi
}

allow_programs() {
  local place _
  systemctl disable --quiet --now "$noexec_unit" 2>/dev/null || true
  remove_file "$noexec_file"
  systemctl daemon-reload
  [ -e "$before/mounts" ] || return 0
  while read -r place _; do mount -o remount,bind,exec "$place" || true; done <"$before/mounts"
}

restrict() { # MODE PATH
  local now
  if [ ! -e "$2" ] || [ -L "$2" ]; then return 0; fi
  now=$(stat -c %a "$2")
  if ((8#$now & ~8#$1)); then
    remember modes "$2" "$now"
    chmod "$1" "$2" || fail "cannot change the mode of $2"
    changed "mode of $2"
  fi
  manage mode "$2"
}

greet() { # TARGET
  local kept=$before/${1##*/} ours
  # Told by its digest later: a step that is undone has no files.
  ours=$(sha256sum <"$stage_dir/issue")
  grep -qsxF "$ours" "$before/greetings" ||
    { mkdir -p "$before" && echo "$ours" >>"$before/greetings"; } || fail "cannot write $before/greetings"
  if [ -e "$1" ] && [ ! -e "$kept" ] && ! cmp -s "$stage_dir/issue" "$1"; then
    { cp -a "$1" "$kept.new" && mv -fT "$kept.new" "$kept"; } || fail "cannot keep $1 as it was"
  fi
  install_file issue "$1" 644
}

# What somebody has changed since is theirs.
take_greeting_back() { # TARGET
  local kept=$before/${1##*/}
  if [ ! -e "$1" ] || ! grep -qsxF "$(sha256sum <"$1")" "$before/greetings"; then return 0; fi
  if [ -e "$kept" ]; then
    { cp -a "$kept" "$1.new" && mv -fT "$1.new" "$1"; } || fail "cannot put $1 back"
    changed "$1"
  else
    remove_file "$1"
  fi
}

give_back_modes() {
  local place old one
  [ -e "$before/modes" ] || return 0
  while read -r place old; do
    for one in "${private[@]}"; do
      [ "$one" = "$(stat -c %a "$place" 2>/dev/null) $place" ] || continue
      chmod "$old" "$place"
      changed "mode of $place"
    done
  done <"$before/modes"
}

give_back_folders() {
  local place _
  [ -e "$before/folders" ] || return 0
  while read -r place _; do rmdir "$place" 2>/dev/null || true; done <"$before/folders"
}

ensure() {
  local one
  lock_settings
  mkdir -p "$users"
  touch "$users/${stack//\//_}"
  forbid_modules
  restrict_kernel
  install_plain_files
  forbid_programs
  for one in "${private[@]}"; do restrict "${one%% *}" "${one#* }"; done
  for one in "${greetings[@]}"; do greet "$one"; done
}

absent() {
  local one
  lock_settings
  rm -f "$users/${stack//\//_}"
  [ -z "$(find "$users" -type f 2>/dev/null)" ] || return 0
  for one in "${greetings[@]}"; do take_greeting_back "$one"; done
  give_back_modes
  give_settings_back "$before/sysctls" "$settings_file"
  remove_file "$settings_file"
  remove_file "$modules_file"
  for one in "${plain_files[@]}"; do remove_file "${one#* }"; done
  allow_programs
  give_back_folders
  rm -rf "$before"
  rmdir "$users" "${users%/*}" "$memory" 2>/dev/null || true
}
