# shellcheck shell=bash disable=SC2154,SC2034
# What keeps a closed VPS well by itself: security updates, bounded logs, fail2ban.
# Values: stack, slug. Files: fail2ban.conf, apt-upgrades.conf, debsums, journald.conf,
# logrotate.conf, logrotate.timer, holds-tunnel, nginx-outdated.

# Without python3-systemd fail2ban cannot read the journal, where sshd's words are. With
# libpam-passwdqc nobody sets a weak password, for sudo or for the provider's console. debsums tells
# which files of packages are not as they were installed, apt-listchanges what an update changes.
packages=(apt-listchanges debsums fail2ban libpam-passwdqc logrotate python3-systemd unattended-upgrades)
jail=/etc/fail2ban/jail.d/vps-reverse-proxy-$slug.conf
sums_file=/etc/default/debsums
apt_file=/etc/apt/apt.conf.d/60vps-reverse-proxy-$slug
journal_file=/etc/systemd/journald.conf.d/60-vps-reverse-proxy-$slug.conf
# 00: its word holds for the files that are read after it.
rotation=/etc/logrotate.d/00-vps-reverse-proxy-$slug
timer=/etc/systemd/system/logrotate.timer.d/vps-reverse-proxy-$slug.conf
library=/usr/local/lib/vps-reverse-proxy
boot=/boot

# Note in `pending` what must take up a changed file.
with_pending() { # KEY COMMAND...
  pending_key=$1
  shift
  "$@"
}

take_up() { # KEY COMMAND...
  pending_key=$1
  shift
  is_pending || return 0
  "$@" || fail "$* failed on the VPS; its words are above"
  clear_pending
}

# Whether debsums' settings are ours, or nobody's yet. Those of a machine that had it before stay.
sums_are_ours() {
  grep -qs '^# Written by vps-reverse-proxy' "$sums_file" && return
  [ ! -e "$sums_file" ] || return 1
  if installed debsums; then return 1; fi
}

# The first updates came before unattended-upgrades, whose hook asks for a reboot at each new kernel.
# Asked here in its words; a container's kernel is not among its own files. Nothing takes this back:
# it is true until the machine has rebooted.
ask_for_reboot() {
  local running newest
  running=$(uname -r)
  newest=$(printf '%s\n' "$boot"/vmlinuz-* | sort -V | sed -n '$s/.*vmlinuz-//p')
  if [ ! -e "$boot/vmlinuz-$running" ] || [ "$newest" = "$running" ]; then return 0; fi
  installed "linux-image-$newest" || return 0 # a copy, or one that somebody has made himself
  touch /run/reboot-required
  grep -qsxF "linux-image-$newest" /run/reboot-required.pkgs || echo "linux-image-$newest" >>/run/reboot-required.pkgs
}

ensure() {
  lock_packages
  # Before the package: apt leaves settings alone that are there already.
  if sums_are_ours; then with_pending '' install_file debsums "$sums_file" 644; fi
  # Before the package: it starts with our jails, and they want this program.
  with_pending '' install_file holds-tunnel "$library/holds-tunnel-$slug" 755
  with_pending "fail2ban-$slug" install_file fail2ban.conf "$jail" 644
  install_packages upkeep "${packages[@]}"
  with_pending '' install_file nginx-outdated "$library/nginx-outdated-$slug" 755
  with_pending '' install_file apt-upgrades.conf "$apt_file" 644
  with_pending '' install_file logrotate.conf "$rotation" 644
  with_pending "timer-$slug" install_file logrotate.timer "$timer" 644
  with_pending "journald-$slug" install_file journald.conf "$journal_file" 644
  take_up "timer-$slug" restart_timer
  take_up "journald-$slug" systemctl restart systemd-journald
  take_up "fail2ban-$slug" systemctl restart fail2ban
  ask_for_reboot
}

restart_timer() { systemctl daemon-reload && systemctl restart logrotate.timer; }

absent() {
  with_pending "fail2ban-$slug" remove_file "$jail"
  with_pending '' remove_file "$apt_file"
  with_pending '' remove_file "$rotation"
  with_pending "timer-$slug" remove_file "$timer"
  with_pending "journald-$slug" remove_file "$journal_file"
  rmdir "${timer%/*}" "${journal_file%/*}" 2>/dev/null || true
  lock_packages
  remove_packages upkeep "${packages[@]}"
  # Purging it has removed them, but not where it was never installed.
  if ! installed debsums && sums_are_ours; then with_pending '' remove_file "$sums_file"; fi
  ! systemctl is-active --quiet fail2ban || take_up "fail2ban-$slug" systemctl restart fail2ban
  rm -f "$pending_dir/fail2ban-$slug"
  take_up "timer-$slug" restart_timer
  take_up "journald-$slug" systemctl restart systemd-journald
  with_pending '' remove_file "$library/holds-tunnel-$slug"
  with_pending '' remove_file "$library/nginx-outdated-$slug"
  rmdir "$library" "$pending_dir" 2>/dev/null || true
}
