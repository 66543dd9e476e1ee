#!/bin/bash
# Whether an address holds an authenticated tunnel of any stack: exit status 0 if it does, and
# fail2ban then leaves it alone. Usage: holds-tunnel ADDRESS
export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin

while read -r pid; do
  account=$(stat -c %U "/proc/$pid" 2>/dev/null) || continue
  # The comment is what marks a tunnel's account. Before its login a connection is root's or sshd's.
  case $(getent passwd "$account" | cut -d: -f5) in
  "vps-reverse-proxy stack "*) exit 0 ;;
  esac
done < <(ss -Htnp state established dst "$1" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u)
exit 1
