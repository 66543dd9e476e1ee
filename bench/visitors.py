"""Two hundred visitors: as many addresses of the client, for one address is held to limits."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from lab import net, world
from lab.namespaces import ip_batch, namespace

if TYPE_CHECKING:
    from bench.bed import Bed

COUNT = 200
FIRST = IPv4Address("198.18.0.1")  # of the range set aside for benchmarks
NETWORK = "198.18.0.0/24"

FROM_ALL: dict[str, str | float] = {"sources": str(FIRST), "source_count": COUNT}
"""The load generator's options for calls from all of them in turn."""


def add_visitors(bed: Bed) -> None:
    """Give the client the addresses, and the core router the way back; fine when it has them."""
    addresses = [f"address replace {FIRST + number}/32 dev eth0" for number in range(COUNT)]
    ip_batch(addresses, inside=namespace(bed.lab, world.CLIENT.name))
    ip_batch([f"route replace {NETWORK} dev line-client"], inside=namespace(bed.lab, net.CORE))
