# shellcheck shell=bash
# The beginning of every step: go on without the engine's environment, which holds tokens and the
# passphrase. The shell that takes over goes on with the next line of the script.
if [ -z "${VPS_STEP_CLEAN-}" ]; then
  exec env -i VPS_STEP_CLEAN=yes PATH="$PATH" HOME="${HOME-/}" bash -s -- "$@"
fi
