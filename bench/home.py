"""What befalls a home line: another public address, a filter that eats packets."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from lab import net, world
from lab.namespaces import ip_batch, load_nftables, namespace, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Address

    from bench.bed import Bed

OTHER_ADDRESS = world.HOME_ADDRESS + 1

# SYN and its answer pass, so that a connection seems to come up; nothing else does.
_ONLY_SYN = """\
table inet bench_fault {
  chain forward {
    type filter hook forward priority -10;
    tcp flags & syn == syn accept
    drop
  }
}
"""
_NO_NAMES = """\
table inet bench_fault {
  chain forward {
    type filter hook forward priority -10;
    meta l4proto { tcp, udp } th dport 53 drop
  }
}
"""


def home_address(bed: Bed) -> IPv4Address:
    """The public address that the home router has now."""
    home = namespace(bed.lab, net.HOME)
    has = run(["ip", "-n", home, "-brief", "address", "show", "dev", "line"])
    return OTHER_ADDRESS if f"{OTHER_ADDRESS}/32" in has else world.HOME_ADDRESS


def move_home(bed: Bed) -> None:
    """Give the home router its other public address; the old one leads nowhere any more.

    The router forgets the translations of the old address with it, as it does on a real line.
    """
    core, home = namespace(bed.lab, net.CORE), namespace(bed.lab, net.HOME)
    old, new = world.HOME_ADDRESS, OTHER_ADDRESS
    if home_address(bed) == new:
        old, new = new, old
    ip_batch(
        [
            f"address add {new}/32 dev line",
            f"address del {old}/32 dev line",
            "route replace default dev line",
        ],
        inside=home,
    )
    ip_batch(
        [f"route add {new}/32 dev line-home", f"route del {old}/32 dev line-home"], inside=core
    )


def only_syn(bed: Bed, *, on: bool) -> None:
    """Let the line pass what opens a connection, and nothing else."""
    _filter(bed, _ONLY_SYN if on else None)


@contextmanager
def block_names(bed: Bed) -> Iterator[None]:
    """No name can be resolved from the home while this lasts."""
    _filter(bed, _NO_NAMES)
    try:
        yield
    finally:
        _filter(bed, None)


def _filter(bed: Bed, rules: str | None) -> None:
    gone = "table inet bench_fault\ndelete table inet bench_fault\n"
    load_nftables(namespace(bed.lab, net.HOME), gone + (rules or ""))
