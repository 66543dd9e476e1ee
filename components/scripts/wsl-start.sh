# shellcheck shell=bash disable=SC2154
# The first step on the WSL host, and the last to go: it makes nothing, and undoes what never ended.
# Values: stack, machine_id.

keep_undo() { :; }

ensure() { :; }

absent() { undo_unfinished; }
