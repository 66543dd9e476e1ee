#!/bin/bash
# Asks for a reboot where nginx still runs with a library that an update has replaced; apt runs it
# after each change of packages. unattended-upgrades reboots in its window: a restart of nginx would
# cut streams at any hour, and without either it could be weeks until the repair is in force.
export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin

for pid in $(pgrep -x nginx); do
  grep -Eqs '\.so[.0-9]* \(deleted\)$' "/proc/$pid/maps" || continue
  touch /run/reboot-required
  grep -qsx nginx /run/reboot-required.pkgs || echo nginx >>/run/reboot-required.pkgs
  exit 0
done
