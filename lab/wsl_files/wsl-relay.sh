#!/bin/bash
# What WSL's init has between itself and a program that Windows starts: its parent, named after it.
#
#   wsl-relay COMMAND LINE
bash --login -c "$1" &
printf 'Relay(%s)' "$!" >"/proc/$$/comm"
wait
