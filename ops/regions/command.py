"""`bin/ops regions`: look the regions up, measure them, rank them."""

from collections.abc import Sequence

from ops.errors import OpsError
from ops.regions.catalogs import read_catalogs, refusals, rented_providers
from ops.regions.hosts import TEST_HOSTS
from ops.regions.latency import measure
from ops.regions.ranking import Offer, offers, ranked, recommend


def find_regions(providers: Sequence[str], *, samples: int) -> tuple[list[Offer], Offer | None]:
    """Every region of these providers (all of them: none named), nearest first; the one to take.

    Raises:
        OpsError: There is no such provider.
    """
    known = rented_providers()
    for name in providers:
        if name not in known:
            raise OpsError(f"there is no provider {name!r} to rent from: use {', '.join(known)}")
    wanted = list(dict.fromkeys(providers)) or list(known)
    catalogs = read_catalogs(wanted)
    refused = refusals(wanted)
    hosts = {name: TEST_HOSTS.get(name, {}) for name in wanted}
    latencies = measure(
        [host for of_provider in hosts.values() for host in of_provider.values()], samples=samples
    )
    found = ranked(
        offer
        for name in wanted
        for offer in offers(
            name, hosts[name], latencies, catalogs[name], refused=refused.get(name, "")
        )
    )
    return found, recommend(found)
