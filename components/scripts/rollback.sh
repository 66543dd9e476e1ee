#!/bin/bash
# Puts back the ssh and firewall files that a change has replaced, unless somebody logged in since.
# Run by a timer. Usage: rollback FOLDER, with in it
#   armed      the files that were written, one a line; this program renames it to `fired`
#   old/       what was there before, each file under its whole path
#   table      the name of the firewall's table
set -eu
export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin

folder=$1
exec 9>"$folder/lock"
flock 9
[ -e "$folder/armed" ] || exit 0

while read -r target; do
  if [ -e "$folder/old$target" ]; then
    cp -a "$folder/old$target" "$target.old" && mv -fT "$target.old" "$target"
    # It may be wanted by another target than the one that is replaced.
    case $target in *.service) systemctl reenable --quiet --no-reload "${target##*/}" || true ;; esac
  else
    rm -f "$target" "${target%/*}"/*.wants/"${target##*/}" # a unit is not enabled any more either
  fi
done <"$folder/armed"

# The one as if the other did not exist: each may be what locks everybody out.
if /usr/sbin/sshd -t; then
  systemctl reload ssh || true # not where sshd is started for each connection
fi
systemctl daemon-reload
rules=$(sed -n '/\.nft$/p' "$folder/armed")
table=$(cat "$folder/table")
if [ -z "$rules" ] || [ ! -e "$rules" ] || ! nft --file "$rules"; then
  printf 'table inet %s\ndelete table inet %s\n' "$table" "$table" | nft --file /dev/stdin
fi
mv "$folder/armed" "$folder/fired"
