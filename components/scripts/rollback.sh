#!/bin/bash
# Puts back the ssh and firewall files that a change has replaced, unless somebody logged in since.
# Run by a timer. Usage: rollback FOLDER, with in it
#   armed      the files that were written, one a line; this program renames it to `fired`, and where
#              something failed keeps it beside that, for the next boot or run to try again
#   old/       what was there before, each file under its whole path
#   table      the name of the firewall's table
set -eu
export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin

folder=$1
exec 9>"$folder/lock"
flock 9
[ -e "$folder/armed" ] || exit 0

# Whatever fails, all else is put back: nobody else may get in to do it.
failed=
while read -r target; do
  if [ -e "$folder/old$target" ]; then
    { cp -a "$folder/old$target" "$target.old" && mv -fT "$target.old" "$target"; } || failed=yes
    # It may be wanted by another target than the one that is replaced.
    case $target in *.service) systemctl reenable --quiet --no-reload "${target##*/}" || true ;; esac
  else
    # A unit is not enabled any more either.
    rm -f "$target" "${target%/*}"/*.wants/"${target##*/}" || failed=yes
  fi
done <"$folder/armed"

# The one as if the other did not exist: each may be what locks everybody out.
if /usr/sbin/sshd -t; then
  systemctl reload ssh || true # not where sshd is started for each connection
fi
systemctl daemon-reload || failed=yes
rules=$(sed -n '/\.nft$/p' "$folder/armed")
table=$(cat "$folder/table")
# The copy that was kept, as the file in its place may still be the new one.
if [ -z "$rules" ] || [ ! -e "$folder/old$rules" ] || ! nft --file "$folder/old$rules"; then
  printf 'table inet %s\ndelete table inet %s\n' "$table" "$table" | nft --file /dev/stdin || failed=yes
fi
if [ -n "$failed" ]; then
  touch "$folder/fired" # so that no login is taken for a proof of the new ones
  exit 1
fi
mv "$folder/armed" "$folder/fired"
