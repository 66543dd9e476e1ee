"""What a provider sells: sizes, where each can be ordered now, and what it costs a month."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Size:
    """One size of server.

    Attributes:
        name: As the provider spells it, and as `server.size` takes it.
        memory_mb: Memory in MiB.
        prices: Region -> price a month, for the regions where it can be ordered now.
        deprecated: Whether its end has come: it cannot be ordered anew.
        ending: Regions where its end is announced. Rented there when it is asked for, never
            proposed.
        arm: Whether its processor is no x86-64. Rented when it is asked for, never proposed: it
            was not tried.
        disk_gb: Its disk; 0 where nobody told.
        kind: A machine of one kind never becomes one of another; "" where there is one kind.
    """

    name: str
    memory_mb: int
    prices: Mapping[str, float]
    deprecated: bool = False
    ending: frozenset[str] = frozenset()
    arm: bool = False
    disk_gb: int = 0
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """All sizes of a provider that run Debian.

    Attributes:
        currency: Of the prices, for example "EUR"; without tax.
        source: Where the figures came from, for people.
        regions: Region -> what a person calls it ("Nuremberg, DE"), all the provider has.
    """

    sizes: Mapping[str, Size]
    currency: str
    source: str
    regions: Mapping[str, str]

    def cheapest(self, region: str, *, count: int = 3) -> list[Size]:
        """The cheapest sizes that can be ordered in a region and are not about to end."""
        fitting = [
            size
            for size in self.sizes.values()
            if region in size.prices
            and region not in size.ending
            and not size.deprecated
            and not size.arm
        ]
        return sorted(fitting, key=lambda size: (size.prices[region], size.name))[:count]
