# shellcheck shell=bash
# The beginning of every step behind those that clean up and become root: where it keeps what it is
# told. The step itself is such a file, so that it can be kept for its undoing (undo.sh).
set -euo pipefail
umask 022
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# What a step is told may be secret, and one that is killed tidies nothing up: it stays in memory,
# bash's own files for texts like those below, too. Not exported: others may want to run what they
# put there.
in_memory() {
  local folder
  for folder in /run /dev/shm; do
    if [ -w "$folder" ]; then
      echo "$folder"
      return
    fi
  done
  echo /tmp
}
unset TMPDIR
TMPDIR=$(in_memory)
stage_dir=$(mktemp -d -p "$TMPDIR" vps-step.XXXXXXXXXX)
trap 'rm -rf "$stage_dir"' EXIT

# Keep standard input as a file of this step.
stage() { cat >"$stage_dir/$1"; }
