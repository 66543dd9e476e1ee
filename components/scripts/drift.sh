# shellcheck shell=bash disable=SC2154
# Looks whether what the steps of a stack noted on this host is still so; changes nothing.
# Prints a line for each step as it goes on, and one for each difference: step, kind, name, how it
# should be, how it is; separated by tabs. The last line says that it came to its end.
# Values: those of notes.sh.

look() {
  local file files kind name wanted found
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  if [ ! -d "$notes" ]; then
    echo "none"
    return 0
  fi
  mapfile -t files < <(sed -n 's/^file\t\([^\t]*\)\t.*/\1/p' "$notes"/*)
  [ ${#files[@]} -eq 0 ] || see_files "${files[@]}"
  for file in "$notes"/*; do
    echo "step ${file##*/}"
    while IFS=$'\t' read -r kind name wanted; do
      found=$(observe "$kind" "$name" </dev/null)
      [ "$found" = "$wanted" ] || printf 'drift\t%s\t%s\t%s\t%s\t%s\n' "${file##*/}" "$kind" "$name" "$wanted" "$found"
    done <"$file"
  done
  echo "done"
}
