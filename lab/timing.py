"""Reads from the output of `pulumi up` how long its parts took."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

_LINE = re.compile(r"^ *[~+-]* +(?P<type>\S+:\S+:\S+) (?P<name>\S+) (?P<verb>\w+)")
_BEGUN = {"creating", "updating", "replacing", "reading", "refreshing"}
_ENDED = {"created", "updated", "replaced", "read", "refreshed"}

# Waiting for machines to boot and for packages to install; all the rest is the program's own share.
NOT_OURS = frozenset(
    {"vps-server", "vps-boot", "proxy-packages", "upkeep-packages", "balancer-packages"}
    | {"tunnel-key-pair"}
)


@dataclass
class Timeline:
    """When which resource was worked on, by the clock of whoever reads the lines.

    Attributes:
        spans: Resource name -> (begun, ended) in seconds of the monotonic clock.
    """

    clock: Callable[[], float] = time.monotonic
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)
    _begun: dict[str, float] = field(default_factory=dict)

    def read(self, line: str) -> None:
        """Take note of one line of the engine's output, at the moment it is printed."""
        found = _LINE.match(line)
        if not found:
            return
        name, verb = found["name"], found["verb"]
        if verb in _BEGUN:
            self._begun.setdefault(name, self.clock())
        elif verb in _ENDED and name in self._begun:
            self.spans[name] = (self._begun[name], self.clock())

    def seconds(self, names: Iterable[str]) -> float:
        """How long at least one of these resources was being worked on, in seconds."""
        total, until = 0.0, float("-inf")
        for begun, ended in sorted(self.spans[name] for name in names if name in self.spans):
            total += max(0.0, ended - max(begun, until))
            until = max(until, ended)
        return total
