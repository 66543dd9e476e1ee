# shellcheck shell=bash disable=SC2154
# A step on a machine the user has, run from here over the WSL host's own ssh, with that machine's
# host key pinned. The `command` plugin cannot undo a step there once the machine is gone: it dials
# before it does anything, and fails.
# Values: name, user, address, port, key_file, host_key, attempts (of logging in). Files: step.

# A path in the home folder comes as it is typed, so that a step is the same text on every machine.
case $key_file in \~/*) key_file=${HOME%/}/${key_file#\~/} ;; esac

ssh_log=$stage_dir/ssh.log # what ssh itself says; what the step says goes its own way
ssh_failed=255             # ssh's own exit status; no step ends with it

# Where several attempts are allowed, they are a second apart.
run_there() { # ATTEMPTS VERB
  printf 'vps %s\n' "$host_key" >"$stage_dir/known_hosts"
  : >"$ssh_log"
  # The user's own ssh configuration stays out: a proxy or another key of theirs would surprise.
  ssh -F /dev/null -E "$ssh_log" -i "$key_file" -p "$port" -l "$user" -T \
    -o UserKnownHostsFile="$stage_dir/known_hosts" -o GlobalKnownHostsFile=/dev/null \
    -o StrictHostKeyChecking=yes -o HostKeyAlias=vps -o HostKeyAlgorithms=ssh-ed25519 \
    -o CheckHostIP=no -o UpdateHostKeys=no -o BatchMode=yes \
    -o IdentitiesOnly=yes -o IdentityAgent=none -o PreferredAuthentications=publickey \
    -o ConnectTimeout=5 -o ConnectionAttempts="$1" \
    -o ServerAliveInterval=15 -o ServerAliveCountMax=4 \
    -- "$address" "bash -s -- $2" <"$stage_dir/step"
}

# The last thing ssh said of itself.
words() { tr -d '\r' <"$ssh_log" | grep . | tail -n 1 || true; }

# sshd closes the door for a moment while it reads its settings again, as another step may ask of it.
# Nothing of the step has run then.
was_turned_away() { grep -Eq '^(kex_exchange_identification: |Connection (reset|closed) by )' "$ssh_log"; }

cannot() { fail "no login as $user at $address port $port with $key_file: $(words)"; }

come_again() { # ATTEMPTS VERB
  local status left
  for ((left = attempts; left > 0; left--)); do
    status=0
    run_there "$1" "$2" || status=$?
    if [ "$status" != "$ssh_failed" ] || ! was_turned_away; then break; fi
    sleep 1
  done
  return "$status"
}

ensure() {
  local status=0
  come_again "$attempts" ensure || status=$?
  [ "$status" != "$ssh_failed" ] || cannot
  return "$status"
}

# A machine that is gone keeps nothing: the step ends, and says so.
absent() {
  local status=0
  come_again 2 absent || status=$?
  [ "$status" = "$ssh_failed" ] || return "$status"
  case $(<"$ssh_log") in
  *'Network is unreachable'*) cannot ;; # it is this machine that has no way out
  *'connect to host'* | *'banner exchange'*) gone "does not answer ($(words))" ;;
  *'Host key verification failed'* | *'no matching host key'*) gone "is another machine now, by its host key" ;;
  *) cannot ;;
  esac
}

# What matters comes first: a terminal cuts the line.
gone() { # WHY
  echo "warning: $name is not undone: the VPS at $address port $port $1. If the machine comes back, pulumi up and then pulumi destroy take it away; what was only taken out of the settings: set it again, pulumi up, then take it out again" >&2
}
