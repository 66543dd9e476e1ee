"""ssh-audit: what the VPS's sshd offers to speak."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audit.figures import Figure, keep
from audit.reach import Deployment
from audit.tools import AuditError, run_tool


def audit_sshd(tools: Path, target: Deployment) -> Figure:
    """Fails and warnings of ssh-audit, asked from the visitor's host."""
    done = run_tool(
        tools, "ssh_audit", ["--json", target.address], inside=target.network_of("client")
    )
    keep(f"ssh-audit-{target.image}.json", done.stdout)
    try:
        found = json.loads(done.stdout)
    except ValueError as error:
        raise AuditError(f"ssh-audit said no JSON:\n{done.stdout}{done.stderr}") from error
    notes = list(_notes(found))
    named = ", ".join(notes)
    return Figure(
        name=f"ssh-audit, sshd of {target.image}",
        figure=f"{len(notes)} ({named})" if notes else 0,
        unit="fails and warnings",
        bar="0",
        met=not notes,
    )


def _notes(found: dict[str, Any]) -> Iterator[str]:
    """The algorithms that ssh-audit fails or warns of."""
    for kind in ("kex", "key", "enc", "mac"):
        for one in found[kind]:
            if {"fail", "warn"} & one["notes"].keys():
                yield one["algorithm"]
