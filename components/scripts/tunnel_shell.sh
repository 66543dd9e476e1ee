#!/bin/bash -p
# The login shell of the tunnel's account on the VPS. Whatever the caller asks for is not looked at:
# nothing the caller names is run. It gives back the questions on its input, and as long as they
# come, the link SLOT leads nginx to this connection's sockets. So no stream is sent into a dead line.
# Sockets by another name than a service's are taken away meanwhile. When one of its own is gone it
# gives no more questions of a serving connection back: the holder makes another, and no stream ends.
set -u
export PATH=/usr/bin:/bin
cd -P -- "$HOME/sockets" || exit 1 # a link of root's

silence=1.5   # seconds without a question until new streams go elsewhere
patience=120  # seconds until the connection is ended: its open streams are lost by then
given_up=20   # the same, of seconds in which another one serves in its place: the holder waits 15
parting=0.2   # seconds from the end of a connection to that of its link
sweeping=5    # seconds between two looks at the sockets
slot=
folder=
left= # its folder, from when it takes no new streams
own= # the sockets in its folder when it began to serve
lost=no
services=()

leads_here() { [[ -n $folder && ./$slot -ef ./$folder ]]; }

# Once for each silence: a later connection may be given the same folder while this one, whose line
# is dead, still waits for its end, and the link is that one's then.
hide() {
  ! leads_here || rm -f -- "./$slot"
  folder=
}

# sshd makes a socket by any name that the key asks for, and tells nobody.
sweep() {
  local place service
  for place in [0-9]*[ab]/* *; do
    for service in "${services[@]}"; do
      [[ $place != [0-9]*[ab]/"$service" ]] || continue 2
    done
    [[ ! -S ./$place || -L ./$place ]] || rm -f -- "./$place"
  done
} 2>/dev/null

# What is in its folder: the names, and what tells a socket from a later one by the same name.
look() {
  local places=("./$folder"/*)
  ((${#places[@]} == 0)) || stat -c '%n %i %y' -- "${places[@]}"
} 2>/dev/null

# Whether a service's socket that it had is gone, or another connection's by now. A try that the
# holder has given up may arrive late and take it over, and it is swept while the list lacks the
# service: new streams would find nobody there, and nothing else tells. What it did not have when it
# began does not count (its ssh may know nothing of a new service yet), nor does a folder that the
# VPS has taken away (with it goes the whole connection, once the holder is told).
robbed() {
  local found service mine
  [[ -d ./$folder ]] || return 1
  found=$(look) || return 1 # not known: at the next look
  for service in "${services[@]}"; do
    mine=${own#*$'\n'"./$folder/$service "}
    [[ $mine != "$own" ]] || continue
    mine="./$folder/$service ${mine%%$'\n'*}"
    [[ $'\n'$found$'\n' == *$'\n'"$mine"$'\n'* ]] || return 0
  done
  return 1
}
shopt -s nullglob dotglob
swept=0
trap hide EXIT
trap 'exit 0' HUP TERM INT

last=$SECONDS alone=$SECONDS
while :; do
  # A line is never longer: what a caller may send is bounded.
  if read -r -t "$silence" -n 40 line; then
    last=$SECONDS alone=$SECONDS
    [[ $line =~ ^(serve|drain)\ ([0-9]{1,2})([ab])\ ([0-9]{1,10})$ ]] || continue
    slot=${BASH_REMATCH[2]} folder=${BASH_REMATCH[2]}${BASH_REMATCH[3]}
    if [[ ${BASH_REMATCH[1]} == serve ]]; then
      # ssh asks for all of its sockets before it asks for this shell.
      [[ -n $own ]] || own=$'\n'$(look)$'\n'
      if ((SECONDS - swept >= sweeping)); then
        swept=$SECONDS
        if mapfile -t services 2>/dev/null <"$HOME/services"; then
          sweep
          ! robbed || lost=yes
        fi
      fi
      # The link is its successor's by now, or soon.
      [[ $lost == no ]] || continue
      leads_here || ln -sfn -- "$folder" "./$slot"
    else
      # Another connection has taken the slot over; its link is left alone. Or the slot itself goes.
      left=$folder folder=
    fi
    printf '%s\n' "$line" || exit 0
  else
    if (($? <= 128)); then # the end of the input: the connection is closed
      # A try that the holder gives up may have the link, and the serving connection asks for it at
      # that very moment: it shall not be taken away after that. Behind it nobody listens meanwhile.
      ! leads_here || sleep "$parting"
      exit 0
    fi
    hide
    # The link is another's now: the line is there, and this connection is not coming back. What the
    # holder says about its end never arrives where the home line has another address. Where the slot
    # itself goes, the link is still its own.
    [[ -n $slot && -L ./$slot && ! ./$slot -ef ./$left ]] || alone=$SECONDS
    # sshd alone would wait for as long as there is data that nobody acknowledges.
    if ((SECONDS - last > patience || SECONDS - alone > given_up)); then
      kill "$PPID"
      exit 0
    fi
  fi
done
