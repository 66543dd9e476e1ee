# shellcheck shell=bash disable=SC2154
# A change of sshd's settings by a file of its own, staged as sshd.conf: whether sshd reads such
# files, takes this one, and what holds in the end.

# As sshd will read it: the new file in front.
test_sshd_file() {
  grep -Eqi '^[[:space:]]*Include[[:space:]]+"?/etc/ssh/sshd_config\.d/' /etc/ssh/sshd_config ||
    fail "sshd on the VPS does not read /etc/ssh/sshd_config.d; add this as the first line of /etc/ssh/sshd_config: Include /etc/ssh/sshd_config.d/*.conf"
  printf 'Include %s\n' "$stage_dir/sshd.conf" /etc/ssh/sshd_config >"$stage_dir/sshd_config"
  /usr/sbin/sshd -t -f "$stage_dir/sshd_config" || fail "sshd on the VPS refuses its new configuration (its words are above); nothing was changed"
}

# What sshd's files come to for a user, whichever of them says it: one setting a line, in small
# letters. All that a Match line may ask for is told, or sshd answers nothing.
sshd_says() { # USER [OPTION...]
  /usr/sbin/sshd -T -C "user=$1,host=x,addr=127.0.0.1,laddr=127.0.0.1,lport=22" "${@:2}"
}

# The first of these settings that does not hold; nothing where all do.
first_unmet() { # WHAT-SSHD-SAYS SETTING...
  local want
  for want in "${@:2}"; do
    grep -qxF "$want" <<<"$1" || {
      echo "$want"
      return
    }
  done
}

# How sshd goes on in its place.
in_place_of() { # SETTING WHAT-SSHD-SAYS
  echo "'$(grep "^${1% *} " <<<"$2" || echo "no ${1% *}")' instead of '$1'"
}

# What keeps an account out, which has more say than what lets it in; nothing where nothing does. A
# denial for some addresses alone may be no matter.
first_denial() { # WHAT-SSHD-SAYS ACCOUNT
  local kind pattern names name
  while read -r kind pattern; do
    case $kind in
    denyusers) names=$2 ;;
    denygroups) names=$(id -Gn "$2") ;;
    *) continue ;;
    esac
    for name in $names; do
      # shellcheck disable=SC2053 # as sshd does: with * and ?
      [[ $name != ${pattern%@\*} ]] || {
        echo "$kind $pattern"
        return
      }
    done
  done <<<"$1"
}
