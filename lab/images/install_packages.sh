#!/bin/bash
# Inside a root: installs packages from the lab's archive at /mnt/archive.
# Usage: install_packages.sh FOLDER CODENAME PACKAGE...; FOLDER is debian or ubuntu
set -eu

sources=/tmp/sources.list
printf 'deb file:/mnt/archive/%s %s main\n' "$1" "$2" >"$sources"
shift 2

apt=(apt-get -qq -o "Dir::Etc::sourcelist=$sources" -o Dir::Etc::sourceparts=/dev/null
  -o APT::Sandbox::User=root -o Acquire::Languages=none)
"${apt[@]}" update
"${apt[@]}" install --yes --no-install-recommends "$@"
apt-get clean
find /var/lib/apt/lists /var/cache/apt -type f -delete
