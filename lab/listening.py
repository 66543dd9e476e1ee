"""Whether a port is listened on, read from the kernel: no connection that a server would see."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LISTEN = "0A"  # a TCP socket's state in /proc/net/tcp
BOUND = "07"  # an unconnected UDP socket's
POLL_SECONDS = 0.02


class NotReadyError(RuntimeError):
    """Something did not open its ports in time."""


def listening(pid: int, protocol: str, *, proc: Path = Path("/proc")) -> set[int]:
    """The "tcp" or "udp" ports that are open in a process' network namespace, v4 or v6."""
    wanted = LISTEN if protocol == "tcp" else BOUND
    ports = set()
    for table in (protocol, f"{protocol}6"):
        try:
            rows = (proc / str(pid) / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            _, local, _, state, *_ = row.split()
            if state == wanted:
                ports.add(int(local.rpartition(":")[2], 16))
    return ports


def wait_listening(
    pid: int,
    ports: Iterable[tuple[str, int]],
    *,
    seconds: float,
    what: str,
    alive: Callable[[], bool],
    log: Callable[[], str],
) -> None:
    """Wait until all (protocol, port) are open in the namespace of `pid`.

    Raises NotReadyError with the log when what should open them is not `alive` or takes too long.
    """
    deadline = time.monotonic() + seconds
    wanted = set(ports)
    while missing := {(kind, port) for kind, port in wanted if port not in listening(pid, kind)}:
        if not alive() or time.monotonic() > deadline:
            named = ", ".join(f"{kind} {port}" for kind, port in sorted(missing))
            state = f"is not up after {seconds:.0f} s" if alive() else "ended"
            raise NotReadyError(f"{what} {state}; not open: {named}\n{log()}")
        time.sleep(POLL_SECONDS)
