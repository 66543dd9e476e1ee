"""The checked-in list: what is measured, in which unit, and what is demanded of it.

A bar must be met; a goal is reported. A row belongs to the work that measures it: `--only` takes
the one's name or the other's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["less", "more"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table.

    `bar` and `goal` are in `unit`; None where there is none. `key` is the figure of the work's
    samples it shows.
    """

    name: str
    work: str
    key: str
    unit: str
    bar: float | None
    goal: float | None
    better: Better = "less"
    digits: int = 2


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault to recover from: `n` times in the full form; `seconds` is how long it lasts.

    `quiet`: the figure is work for the processor, so that other beds beside it would be measured.
    """

    name: str
    title: str
    n: int
    seconds: float = 0.0
    callers: bool = True
    image: str = "debian-12"
    quiet: bool = False


RECOVERY_BAR = {"median": (1.5, 1.0), "worst": (3.0, 1.5)}  # seconds: bar, goal

FAULTS = (
    Fault(name="client-killed", title="client killed", n=20),
    Fault(name="session-killed", title="sshd session killed", n=20),
    Fault(name="dead-3", title="line dead 3 s", n=20, seconds=3),
    Fault(name="dead-10", title="line dead 10 s", n=5, seconds=10),
    Fault(name="dead-30", title="line dead 30 s", n=5, seconds=30),
    Fault(name="dead-120", title="line dead 120 s", n=5, seconds=120),
    Fault(name="dead-600", title="line dead 600 s", n=2, seconds=600),
    Fault(name="new-address", title="new home address", n=20),
    Fault(name="only-syn", title="line passes SYN only, 60 s", n=5, seconds=60),
    Fault(name="no-names", title="killed without name resolution", n=20),
    Fault(name="nginx-restarted", title="nginx restarted", n=20),
    Fault(name="sshd-restarted", title="sshd restarted", n=20),
    Fault(name="half-pool", title="half of the pool dead", n=20),
    Fault(name="vps-reboot", title="VPS reboot, from sshd answering", n=5, quiet=True),
    Fault(name="wsl-reboot", title="WSL reboot, from network up", n=5, quiet=True),
    Fault(name="frozen-600", title="WSL host frozen 10 min", n=2, seconds=600),
    Fault(name="client-killed-idle", title="client killed, no caller", n=5, callers=False),
    Fault(name="dead-30-idle", title="line dead 30 s, no caller", n=5, seconds=30, callers=False),
    Fault(name="new-address-idle", title="new home address, no caller", n=5, callers=False),
    Fault(name="client-killed-13", title="client killed, debian-13", n=5, image="debian-13"),
    Fault(name="dead-30-13", title="line dead 30 s, debian-13", n=5, seconds=30, image="debian-13"),
    Fault(name="new-address-13", title="new home address, debian-13", n=5, image="debian-13"),
)


def _recovery(fault: Fault) -> tuple[Row, ...]:
    return tuple(
        Row(
            name=f"{fault.title}: {key}",
            work=f"recovery-{fault.name}",
            key=key,
            unit="s",
            bar=bar,
            goal=goal,
        )
        for key, (bar, goal) in RECOVERY_BAR.items()
    )


def _latency(
    work: str, words: str, p50: tuple[float, float], p99: tuple[float, float]
) -> tuple[Row, Row]:
    return (
        Row(name=f"{words}: added p50", work=work, key="added_p50", unit="ms", bar=p50[0], goal=p50[1]),
        Row(name=f"{words}: p99 / direct", work=work, key="p99_ratio", unit="x", bar=p99[0], goal=p99[1]),
    )  # fmt: skip


def _survivors(seconds: int, alive: int | None = 20, again: float | None = 5) -> tuple[Row, Row]:
    work, words = f"streams-dead-{seconds}", f"20 WebSockets, line dead {seconds} s"
    return (
        Row(name=f"{words}: alive", work=work, key="alive", unit="", bar=alive, goal=20, better="more", digits=0),
        Row(name=f"{words}: frames again after", work=work, key="again", unit="s", bar=again, goal=2),
    )  # fmt: skip


ROWS: tuple[Row, ...] = (
    *(row for fault in FAULTS for row in _recovery(fault)),
    Row(name="new calls failed, one connection killed", work="one-killed", key="failed", unit="", bar=0, goal=0, digits=0),
    *_survivors(3),
    *_survivors(10),
    *_survivors(60, alive=None, again=None),
    *_latency("latency-1", "1 stream clean", (0.4, 0.2), (1.10, 1.03)),
    *_latency("latency-5", "5 streams clean", (0.4, 0.2), (1.10, 1.03)),
    *_latency("latency-50", "50 streams clean", (1.0, 0.3), (1.15, 1.05)),
    Row(name="50 streams lossy: p99 / direct", work="lossy-50", key="p99_ratio", unit="x", bar=1.15, goal=1.05),
    Row(name="50 streams lossy: frames back", work="lossy-50", key="back", unit="%", bar=100, goal=100, better="more"),
    Row(name="light stream beside a download: p99 / direct", work="beside-download", key="p99_ratio", unit="x", bar=1.6, goal=1.15),
    Row(name="8 downloads lossy / direct", work="downloads-lossy", key="rate_ratio", unit="x", bar=0.7, goal=0.95, better="more"),
    Row(name="1 download clean / direct", work="download-clean", key="rate_ratio", unit="x", bar=0.95, goal=0.98, better="more"),
    Row(name="new connections/s / direct", work="connections", key="rate_ratio", unit="x", bar=0.8, goal=0.95, better="more"),
    Row(name="open WebSockets held 60 s", work="hold", key="held", unit="", bar=10_000, goal=10_000, better="more", digits=0),
    Row(name="open WebSockets: opening / direct", work="hold", key="opening_ratio", unit="x", bar=None, goal=1.5),
    Row(name="tunnel CPU per frame / plain ssh -R", work="latency-50", key="cpu_ratio", unit="x", bar=1.15, goal=0.65),
    Row(name="all processes of the VPS, idle: memory", work="idle", key="vps_mb", unit="MB", bar=512, goal=None, digits=0),
    Row(name="idle tunnel on the VPS: memory", work="idle", key="tunnel_mb", unit="MB", bar=None, goal=None, digits=1),
    Row(name="idle tunnel on the VPS: CPU", work="idle", key="tunnel_cpu", unit="%", bar=None, goal=None),
    Row(name="tunnel memory per 1,000 streams, VPS", work="hold", key="mb_per_1000", unit="MB", bar=None, goal=None, digits=1),
    Row(name="all processes of the VPS, with them open: memory", work="hold", key="vps_mb", unit="MB", bar=None, goal=None, digits=0),
    Row(name="load generator alone: p99, 50 streams", work="generator", key="p99", unit="ms", bar=None, goal=None),
    Row(name="load generator alone: CPU per frame", work="generator", key="cpu_us", unit="us", bar=None, goal=None, digits=1),
    Row(name="load generator alone: connections/s", work="generator", key="connections", unit="/s", bar=None, goal=None, better="more", digits=0),
    Row(name="load generator alone: bulk", work="generator", key="mbit", unit="Mbit/s", bar=None, goal=None, better="more", digits=0),
)  # fmt: skip


LATER = Row(
    name="all recoveries: later tries slower than the first by, worst",
    work="recoveries",
    key="later",
    unit="s",
    bar=1.0,
    goal=0.5,
)
"""Made from all recoveries of a run: no work measures it, and it is not among ROWS."""

LAPSES = Row(
    name="all recoveries: calls failed after the first good one",
    work="recoveries",
    key="lapses",
    unit="",
    bar=0,
    goal=0,
    digits=0,
)
"""The same: a tunnel that comes back and goes again has not recovered."""


def works() -> tuple[str, ...]:
    """The names of all works, in the order of their first rows."""
    return tuple(dict.fromkeys(row.work for row in ROWS))


def rows_of(work: str) -> tuple[Row, ...]:
    """The rows that a work measures."""
    return tuple(row for row in ROWS if row.work == work)


def fault_of(work: str) -> Fault | None:
    """The fault that a work is the recovery from."""
    return next((fault for fault in FAULTS if f"recovery-{fault.name}" == work), None)
