# shellcheck shell=bash disable=SC2154
# A second factor for ssh: whether the staged settings of server.harden would end one, or turn off what
# one needs. After test_sshd_file of sshd.sh, which says how sshd will read them.

methods_of() { sshd_says nobody "$@" 2>/dev/null | sed -n 's/^authenticationmethods //p' || true; } # [OPTION...]

# Whoever asks for a key and something more would get less.
refuse_second_factor() {
  local methods needed
  methods=$(methods_of)
  if [[ $methods != *,* ]] || [ "$methods" = "$(methods_of -f "$stage_dir/sshd_config")" ]; then return 0; fi
  needed=$(settings_for "$methods")
  fail "sshd on the VPS asks for more than a key (AuthenticationMethods $methods), and server.harden would end that; put it below a Match line there, which takes precedence, and ${needed// / yes, } yes below the same line, or leave sshd as it is: pulumi config set --path ${stack%%/*}:server.harden false"
}

# Who has a shell, and whoever has no line of his own.
who_logs_in() {
  echo nobody
  getent passwd | sed -nE '/\/(nologin|false|sync|hold)$/d; s/:.*//p'
}

# A second factor below a Match line that the rest of our file turns off: who needs it would be locked
# out, and the login that proves the change need not be his.
refuse_lost_factor() {
  local account said lost
  while read -r account; do
    said=$(sshd_says "$account" -f "$stage_dir/sshd_config" 2>/dev/null) || continue
    lost=$(lost_factors "$said")
    [ -z "$lost" ] ||
      fail "sshd on the VPS asks $account for more than a key ($(grep '^authenticationmethods ' <<<"$said")), and server.harden turns off what that needs; put ${lost// / yes, } yes below the same Match line there, then run pulumi up again"
  done < <(who_logs_in)
}

# The settings that an account's methods need beside a key.
settings_for() { # AUTHENTICATIONMETHODS
  local found=
  [[ $1 != *keyboard-interactive* ]] || found=KbdInteractiveAuthentication
  [[ $1 != *password* ]] || found=${found:+$found }PasswordAuthentication
  echo "$found"
}

# What of these is off for an account whom every way in asks for a key and more; nothing where one
# way is left.
lost_factors() { # WHAT-SSHD-SAYS
  local lists list setting lost=
  read -ra lists < <(sed -n 's/^authenticationmethods //p' <<<"$1") || return 0
  for list in "${lists[@]}"; do
    [[ $list == *,* ]] || return 0
    lost=
    for setting in $(settings_for "$list"); do
      ! grep -qix "$setting no" <<<"$1" || lost=${lost:+$lost }$setting
    done
    [ -n "$lost" ] || return 0
  done
  echo "$lost"
}
