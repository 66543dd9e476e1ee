"""What a rule's expression says about a hostname: true, false, or that something else decides."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """One operation: `kind` is or, xor, and, not, true, false, unknown or host.

    For `host`, `operator` and `values` say what the hostname is compared with.
    """

    kind: str
    children: tuple[Node, ...] = ()
    operator: str = ""
    values: tuple[str, ...] = ()

    def holds_for(self, host: str) -> bool | None:
        """Whether a request for `host` matches; None when that depends on something else."""
        if self.kind in {"true", "false"}:
            return self.kind == "true"
        if self.kind == "host":
            return _compare(host, self.operator, self.values)
        return _combine(self.kind, [child.holds_for(host) for child in self.children])


def _combine(kind: str, results: list[bool | None]) -> bool | None:
    decisive = {"and": False, "or": True}.get(kind)
    if decisive is not None and decisive in results:
        return decisive
    if kind == "unknown" or None in results:
        return None
    match kind:
        case "not":
            return not results[0]
        case "xor":
            return sum(map(bool, results)) % 2 == 1
        case _:
            return not decisive


def _compare(host: str, operator: str, values: tuple[str, ...]) -> bool | None:
    match operator:
        case "eq" | "==" | "in":
            return host in values
        case "ne" | "!=":
            return host not in values
        case "contains":
            return values[0] in host
        case "wildcard":
            pattern = re.escape(values[0].lower()).replace(r"\*", ".*")
            return re.fullmatch(pattern, host) is not None
        case _:
            return None
