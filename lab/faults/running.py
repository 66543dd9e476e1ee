"""Breaks one thing after the other, and asks `bin/ops status` and `doctor` what it is."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab import lifecycle, pulumi, wsl
from lab.faults import cloud, hosts
from lab.faults.ground import Ground
from lab.results import hand_over, results_dir
from lab.variant import Variant, configure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lab.faults.fault import Fault

FAULTS = (*hosts.FAULTS, *cloud.FAULTS)
SEEN_SECONDS = 40.0
"""A fault may take so long to show: keepalives, an edge that follows, a kernel that gives up."""
MENDED_SECONDS = 120.0
LOOK_SECONDS = 15.0
"""A look must be over by then, whatever is broken: with a dead VPS, too."""
SERVICE = "asr"


@dataclass(frozen=True, kw_only=True)
class Named:
    """What was said of a fault.

    Attributes:
        status: hop and cause that status blames at last.
        doctor: Whether a broken finding has that cause.
        seconds: From the fault until status named it; how long a look took at most.
        exit_status: Of bin/ops status.
    """

    fault: Fault
    status: tuple[str, str]
    doctor: bool
    seconds: float
    look_seconds: float
    exit_status: int

    @property
    def right(self) -> bool:
        """Whether both named the right hop and cause, and no look took too long."""
        wanted = (self.fault.hop, self.fault.cause)
        named = self.status == wanted and self.doctor and self.exit_status == 3  # noqa: PLR2004 - bin/ops: broken
        return named and self.quick

    @property
    def quick(self) -> bool:
        """Whether status answered within seconds."""
        return self.look_seconds < LOOK_SECONDS


def chosen(names: Sequence[str]) -> list[Fault]:
    """The faults of these names (a part of one is enough); all when none is given.

    Raises:
        LabError: There is no such fault.
    """
    found = []
    for name in names:
        fitting = [fault for fault in FAULTS if name in fault.name]
        if not fitting:
            known = ", ".join(fault.name for fault in FAULTS)
            raise lifecycle.LabError(f"there is no fault {name!r}: there are {known}")
        found += fitting
    return list(dict.fromkeys(found)) or list(FAULTS)


def prepare(lab: str, say: Callable[[str], None]) -> Ground:
    """The lab up, and stack dev serving in it with the provider and mode of the checkout.

    The faults know that server, zone and mode alone: a rehearsal of others is changed to these.
    """
    lifecycle.up(lab, say)
    wsl.sync_program(lab)
    configure(lab, Variant())
    pulumi.ensure_stack(lab)
    say(f"pulumi up, stack dev: {Variant().provider}, {Variant().mode}")
    ground = Ground(lab)
    ground.pulumi("up", "--yes", "--skip-preview")
    ground.wait(ground.serves, MENDED_SECONDS, "the stack serves")
    return ground


def run(ground: Ground, wanted: Sequence[Fault], show: Callable[[str], None]) -> bool:
    """Try them one after the other, a row to `show` for each; whether all were named rightly.

    What was found is written even when one of them raises, or Ctrl-C does.
    """
    named: list[Named] = []
    try:
        for fault in wanted:
            named.append(try_out(ground, fault))
            show(row(named[-1]))
    finally:
        if named:
            file = write_figures(named, len(wanted))
            right = sum(one.right for one in named)
            show(f"\n{right} of {len(wanted)} faults named rightly; {file}")
    return right == len(wanted)


def try_out(ground: Ground, fault: Fault) -> Named:
    """Break it, ask, mend it, and wait until all is well again."""
    with fault.broken(ground):
        begun = time.monotonic()
        longest = 0.0
        while True:
            asked = time.monotonic()
            status, told = ground.ops("status")
            longest = max(longest, time.monotonic() - asked)
            blamed = blame(told)
            waited = time.monotonic() - begun
            if blamed == (fault.hop, fault.cause) or waited > SEEN_SECONDS:
                break
        _, findings = ground.ops("doctor")
    ground.wait(lambda: ground.serves() and well(ground), MENDED_SECONDS, f"mended: {fault.name}")
    return Named(
        fault=fault,
        status=blamed,
        doctor=any(
            one["level"] == "broken" and one["evidence"].startswith(f"{fault.cause}: ")
            for one in findings
        ),
        seconds=waited,
        look_seconds=longest,
        exit_status=status,
    )


def blame(told: dict[str, Any]) -> tuple[str, str]:
    """Hop and cause of the service asr; empty words when nothing is blamed."""
    one = next(each for each in told["services"] if each["service"] == SERVICE)
    return one["blamed"] or "", one["cause"] or ""


def well(ground: Ground) -> bool:
    """Whether status finds nothing any more."""
    return ground.ops("status")[0] == 0


def row(named: Named) -> str:
    """One line of the table."""
    said = f"{named.status[0] or 'nothing'}: {named.status[1]}" if named.status[0] else "nothing"
    verdict = "named rightly" if named.right else "NOT NAMED"
    notes = "" if named.doctor else "  (doctor did not)"
    notes += "" if named.quick else f"  (a look took {named.look_seconds:.0f} s)"
    return f"{named.fault.name:32} {verdict:14} {said:28} {named.seconds:5.1f} s{notes}"


def figures(named: Sequence[Named], wanted: int) -> list[dict[str, Any]]:
    """The results for programs: what was named, of so many, beside what should have been."""
    found: list[dict[str, Any]] = [
        {
            "name": f"fault: {one.fault.name}",
            "figure": ": ".join(one.status),
            "bar": f"{one.fault.hop}: {one.fault.cause}",
            "met": one.right,
        }
        for one in named
    ]
    right = sum(one.right for one in named)
    total = {"name": "faults named rightly", "figure": right, "bar": wanted}
    return [{**total, "met": right == wanted}, *found]


def write_figures(named: Sequence[Named], wanted: int) -> Path:
    """Into build/faults.json of the checkout."""
    file = results_dir() / "faults.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(figures(named, wanted), indent=2) + "\n", encoding="utf-8")
    hand_over(file)
    return file
