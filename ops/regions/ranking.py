"""Puts latency and price side by side, ranks the regions and recommends one. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from components.vps.catalog import Catalog, Size
from ops.regions.latency import Latency

NEAR_MS = 50.0
"""The guide's rule: in the same region the VPS is less than this away."""
ALIKE_MS = 10.0
"""Who is this close to the nearest is as near to a listener; the price then decides."""
FITTING_MB = 1000
"""Less memory is no size for the job: Debian's updates are unpacked beside nginx."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One region of one provider.

    Attributes:
        place: What a person calls it; empty where only the test host is known.
        milliseconds: Median latency; None where it was not measured, and `trouble` says why.
        size: The cheapest that can be ordered there now; None where there is none or nobody told.
        price: A month, in `currency`, without tax.
        note: Why there is no price.
        refused: Why `pulumi up` rents nothing there; empty where it does.
    """

    provider: str
    region: str
    place: str
    host: str
    milliseconds: float | None
    trouble: str
    size: str | None
    price: float | None
    currency: str
    note: str
    refused: str = ""

    @property
    def near(self) -> bool:
        """Whether it keeps the guide's rule."""
        return self.milliseconds is not None and self.milliseconds < NEAR_MS


def offers(
    provider: str,
    hosts: Mapping[str, str],
    latencies: Mapping[str, Latency],
    catalog: Catalog | str,
    *,
    refused: str = "",
) -> list[Offer]:
    """All regions of a provider: those it sells, and those whose test host is known.

    Args:
        provider: Its tag in the settings.
        hosts: Region -> test host.
        latencies: Test host -> what was measured.
        catalog: What it sells, or why that is not known.
        refused: Why `pulumi up` rents nothing of it.
    """
    sold = catalog.regions if isinstance(catalog, Catalog) else {}
    return [
        replace(
            _offer(provider, region, hosts.get(region, ""), latencies, catalog), refused=refused
        )
        # A region that the provider has closed keeps its test host for a while.
        for region in (sold or hosts)
    ]


def _offer(
    provider: str,
    region: str,
    host: str,
    latencies: Mapping[str, Latency],
    catalog: Catalog | str,
) -> Offer:
    unknown = Latency(milliseconds=None, trouble="no test host known")
    latency = latencies.get(host, unknown)
    size = price = None
    place = currency = ""
    note = catalog if isinstance(catalog, str) else ""
    if isinstance(catalog, Catalog):
        place, currency = catalog.regions[region], catalog.currency
        cheapest = cheapest_fitting(catalog, region)
        if cheapest:
            size, price = cheapest.name, cheapest.prices[region]
        else:
            note = "nothing can be ordered there now"
    return Offer(
        provider=provider,
        region=region,
        place=place,
        host=host,
        milliseconds=latency.milliseconds,
        trouble=latency.trouble,
        size=size,
        price=price,
        currency=currency,
        note=note,
    )


def cheapest_fitting(catalog: Catalog, region: str) -> Size | None:
    """The cheapest size there that does the job; None where none can be ordered."""
    every = catalog.cheapest(region, count=len(catalog.sizes))
    return next((size for size in every if size.memory_mb >= FITTING_MB), None)


def ranked(found: Iterable[Offer]) -> list[Offer]:
    """Nearest first; what did not answer comes last."""
    return sorted(
        found,
        key=lambda one: (
            one.milliseconds is None,
            one.milliseconds or 0.0,
            one.price if one.price is not None else float("inf"),
            one.provider,
            one.region,
        ),
    )


def recommend(found: Sequence[Offer]) -> Offer | None:
    """The region to take: of those about as near as the nearest, the cheapest.

    Where nothing can be ordered is left out, and so is what did not answer, or what `pulumi up`
    would refuse. Where nobody told a
    price, it counts as dearer than any. A euro is counted as a dollar: they are close enough for a
    choice between regions that are equally near.
    """
    orderable = [
        one
        for one in found
        if one.milliseconds is not None
        and not one.refused
        and not (one.size is None and one.currency)
    ]
    measured = [one.milliseconds for one in orderable if one.milliseconds is not None]
    if not measured:
        return None
    reach = min(measured) + ALIKE_MS
    alike = [one for one in orderable if (one.milliseconds or 0.0) <= reach]
    return min(
        alike,
        key=lambda one: (
            one.price if one.price is not None else float("inf"),
            one.milliseconds or 0.0,
            one.provider,
            one.region,
        ),
    )
