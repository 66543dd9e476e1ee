#!/bin/bash
# Runs a script inside a root, its changes in a directory of their own.
# Usage: in_overlay.sh LOWERDIRS UPPER WORK SOURCE=NAME... -- COMMAND...
#   LOWERDIRS  as the overlay option `lowerdir` takes them, topmost first
#   UPPER WORK empty directories of one file system; the changes end up in UPPER
#   SOURCE     a directory of the machine that the command finds, read-only, at /mnt/NAME
# To be started by `unshare` in namespaces of its own (mount, pid, net): all mounts go with them,
# no process of the command survives it, and nothing in it reaches a network.
set -eu

lower=$1 upper=$2 work=$3
shift 3

root=$work/merged
mkdir -p "$root" "$work/overlay"
mount -t overlay -o "lowerdir=$lower,upperdir=$upper,workdir=$work/overlay,redirect_dir=off" \
  lab-layer "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/mnt"

while [ "$1" != -- ]; do
  mkdir "$root/mnt/${1##*=}"
  mount --bind "${1%=*}" "$root/mnt/${1##*=}"
  mount -o remount,bind,ro "$root/mnt/${1##*=}"
  shift
done
shift

# Services stay off: a package's start belongs to the host that boots later. No other process
# uses this root, so the guard and the lists need no care for others.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
  LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
rm "$root/usr/sbin/policy-rc.d"
