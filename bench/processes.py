"""What the tunnel's own processes cost: CPU time and memory, on both hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import bed as beds
from bench import plain
from lab import wsl

if TYPE_CHECKING:
    from bench.bed import Bed

# Nanoseconds on a CPU, of every thread; kB of memory, what is shared by its share.
_SUM = """
cpu=0 memory=0
for pid in $pids; do
  for file in /proc/$pid/task/*/schedstat; do
    read -r ns _ <"$file" 2>/dev/null && cpu=$((cpu + ns))
  done
  kb=$(sed -n 's/^Pss: *\\([0-9]*\\) kB/\\1/p' "/proc/$pid/smaps_rollup" 2>/dev/null)
  memory=$((memory + ${kb:-0}))
done
echo "$cpu $memory"
"""
_UNIT = "pids=$(cat /sys/fs/cgroup/system.slice/%s.service/cgroup.procs)"
_ACCOUNT = "pids=$({ pgrep -u %(name)s; pgrep -f '^sshd(-session)?: %(name)s( |@|$)'; } | sort -u)"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """CPU seconds so far and megabytes (1,000,000 bytes) now."""

    cpu_seconds: float
    megabytes: float


def on_wsl(bed: Bed, path: str) -> Cost:
    """The client's side: everything in the tunnel's unit."""
    unit = plain.UNIT if path == "plain" else beds.UNIT
    return _cost(bed, wsl.NAME, _UNIT % unit)


def on_vps(bed: Bed, path: str) -> Cost:
    """The server's side: the sessions of the tunnel's account, their privileged halves too."""
    account = plain.ACCOUNT if path == "plain" else beds.ACCOUNT
    return _cost(bed, bed.vps, _ACCOUNT % {"name": account})


def cpu_seconds(bed: Bed, path: str) -> float:
    """CPU time of both sides; 0 for the direct path, which has no tunnel."""
    if path == "direct":
        return 0.0
    return on_wsl(bed, path).cpu_seconds + on_vps(bed, path).cpu_seconds


def _cost(bed: Bed, host: str, pids: str) -> Cost:
    cpu, kilobytes = bed.sh(host, pids + _SUM).split()
    return Cost(cpu_seconds=int(cpu) / 1e9, megabytes=int(kilobytes) * 1024 / 1e6)
