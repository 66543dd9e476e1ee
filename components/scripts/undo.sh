# shellcheck shell=bash disable=SC2154
# A step that fails in its first `ensure` is in no state of Pulumi's, so nobody would ever ask for
# its `absent`. So each step keeps itself, without its files, until it is through; the first step of
# a host, which is the last to go, makes absent whatever is still kept then (ADR 0021).
# Values: stack, step; a step without a stack keeps nothing.

: "${stack:=}" "${step:=}"
unfinished=/var/lib/vps-reverse-proxy/unfinished/${stack//\//_}
identity= # set by a step that may be begun again for a thing by another name, and keep both

undo_name() { echo "${identity:+$identity@}$step"; }

keep_undo() { [ -z "$stack" ] || one_at_a_time put_undo; }

put_undo() {
  local name
  name=$(undo_name)
  {
    install -d -m 700 "${unfinished%/*}" "$unfinished" &&
      install -m 600 "$stage_dir/program" "$unfinished/$name.new" &&
      mv -fT "$unfinished/$name.new" "$unfinished/$name"
  } || fail "cannot write to $unfinished"
}

forget_undo() { [ -z "$stack" ] || one_at_a_time drop_undo; }

drop_undo() {
  rm -f "$unfinished/$(undo_name)"
  rmdir "$unfinished" "${unfinished%/*}" "${unfinished%/*/*}" 2>/dev/null || true
}

# Steps that depend on others were begun after them, and go before them.
undo_unfinished() {
  local kept status
  [ -d "$unfinished" ] || return 0
  rm -f "$unfinished"/*.new # of one that was killed before it began
  while IFS= read -r kept <&3; do
    # A shell of its own: what it sets, and how it ends, is its own. `set -e` is off in what is tested.
    set +e
    (
      set -e
      # shellcheck source=/dev/null
      . "$unfinished/$kept"
      main absent
    ) </dev/null 3<&-
    status=$?
    set -e
    [ $status = 0 ] || fail "what the step ${kept#*@} left on $(hostname) is not undone; its words are above, then run pulumi destroy again"
    changed "undid the step ${kept#*@}, which had not ended"
  done 3< <(find "$unfinished" -type f -printf '%T@ %f\n' | sort -rn | cut -d' ' -f2-)
}
