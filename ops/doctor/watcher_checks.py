"""Checks of the watcher on the VPS: an alert is only worth something while it watches."""

import time
from collections.abc import Iterator

from ops.doctor.finding import Finding
from ops.health.facts import Facts, Seen
from ops.health.requests import watcher_unit
from ops.health.watching import watched
from ops.remedies import on_vps

CHECK = "the watcher"


def watcher_check(facts: Facts) -> Iterator[Finding]:
    """Whether it makes its rounds, and gets through where this machine does."""
    if not isinstance(facts.vps, Seen) or not facts.operations.watched:
        return
    name, now = watcher_unit(facts.operations), facts.vps.facts.now
    unit, told = facts.vps.facts.units.get(name), watched(facts)
    if unit is None or not unit.runs:
        yield _broken(
            f"{name} is {unit.active if unit else 'not there'}: no alert is sent",
            on_vps(f"sudo systemctl restart {name}"),
        )
    elif told is None:
        yield _broken("it has told nothing yet", on_vps(f"sudo journalctl -u {name} -n 30"))
    elif told.is_late(now):
        yield _broken(
            f"its last round was {(now - told.time) / 60:.0f} min ago: no alert is sent",
            on_vps(f"sudo systemctl restart {name}"),
        )
    else:
        wrong = [
            f"{service} since {time.strftime('%H:%M', time.gmtime(canary.since or 0))} UTC"
            f" ({canary.stage}: {canary.detail})"
            for service, canary in told.services.items()
            if canary.fails and _flows(facts, service)
        ]
        if wrong:
            yield Finding(
                check=CHECK,
                level="warning",
                evidence=f"from the VPS its canary does not get through to {', '.join(wrong)};"
                " from this machine it works",
                remedy=f"{on_vps(f'sudo journalctl -u {name} -n 30')}; bin/ops test",
            )
        else:
            yield Finding(
                check=CHECK, level="ok", evidence=f"last round {now - told.time:.0f} s ago"
            )


def _flows(facts: Facts, service: str) -> bool:
    visit = facts.visits.get(service)
    return visit is not None and visit.stream is not None and visit.stream.well


def _broken(evidence: str, remedy: str) -> Finding:
    return Finding(check=CHECK, level="broken", evidence=evidence, remedy=remedy)
