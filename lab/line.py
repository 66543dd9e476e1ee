"""What an emulated line does to the packets that pass it: data, and the words `link.c` takes."""

from dataclasses import dataclass


class LinkError(RuntimeError):
    """A line cannot be built, started or set."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a line does to each direction.

    Times are one way, in ms; loss is a share of the packets from 0 to 1; a rate or queue limit of
    0 is none. `queue_packets` and `queue_bytes` bound what waits for its turn at the line's rate.
    """

    delay_ms: float = 5.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    rate_mbit: float = 0.0
    queue_packets: int = 1000
    queue_bytes: int = 0
    down: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.loss <= 1:
            raise LinkError(f"loss {self.loss}: use a share from 0 to 1, for example 0.01")
        for name in ("delay_ms", "jitter_ms", "rate_mbit", "queue_packets", "queue_bytes"):
            if getattr(self, name) < 0:
                raise LinkError(f"{name} {getattr(self, name)}: use 0 or more")

    def request(self, direction: int) -> str:
        """The words `link.c` takes for it."""
        numbers = (
            direction,
            round(self.delay_ms * 1e3),
            round(self.jitter_ms * 1e3),
            round(self.loss * 1e6),
            round(self.rate_mbit * 1e6),
            self.queue_packets,
            self.queue_bytes,
            int(self.down),
        )
        return "set " + " ".join(map(str, numbers))


@dataclass(frozen=True, kw_only=True)
class Counters:
    """Packets of one direction so far, and how many it holds now."""

    sent: int
    lost: int
    overflowed: int
    downed: int
    held: int
