#!/bin/sh
# The documented marks of WSL 2: kernel release and version, the interop files.
set -eu

marks=/run/wsl-looks
mkdir -p "$marks" /run/WSL
echo 6.6.87.2-microsoft-standard-WSL2 >"$marks/osrelease"
echo 'Linux version 6.6.87.2-microsoft-standard-WSL2 (root@439a258ad544) (gcc (GCC) 11.2.0, GNU ld (GNU Binutils) 2.37) #1 SMP PREEMPT_DYNAMIC Thu Jun  5 18:30:46 UTC 2025' >"$marks/version"
mount --bind "$marks/osrelease" /proc/sys/kernel/osrelease
mount --bind "$marks/version" /proc/version

# Only a kernel with binfmt_misc has the directory; no directory can be made in /proc.
binfmt=/proc/sys/fs/binfmt_misc
if [ -d "$binfmt" ]; then
  mkdir -p "$marks/binfmt_misc"
  printf 'enabled\ninterpreter /init\nflags: PF\noffset 0\nmagic 4d5a\n' >"$marks/binfmt_misc/WSLInterop"
  mount --bind "$marks/binfmt_misc" "$binfmt"
fi

# The way to Windows, and its drive: mounted so that everything is the default user's.
: >/run/WSL/1_interop
drive=/mnt/c
mkdir -p "$drive/Windows/System32/Tasks" "$drive/Windows/Temp"
chown -R speech:speech "$drive/Users" "$drive/Windows/System32/Tasks" "$drive/Windows/Temp"
