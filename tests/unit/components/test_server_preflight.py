"""What is refused of a server, before anything is touched."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pulumi
import pytest

from components.http_client import TRIES
from components.vps.hcloud import hcloud_catalog
from components.vps.offer import Offer
from components.vps.preflight import preflight_server
from settings import ServerSettings
from tests.unit.components.engine import deploy
from tests.unit.components.samples import ADOPTED, RUNNING, server, settings
from tests.unit.settings_support import EXISTING

TOKEN = "0123456789abcdef" * 4
ASKED = ["/v1/server_types", "/v1/locations", "/v1/pricing"]
REGIONS = ("nbg1", "fsn1", "hel1")
LONG_OVER, FAR_OFF = "2026-04-01T00:00:00Z", "2099-04-01T00:00:00Z"


def place(name: str, *, available: bool = True, end: str | None = None) -> dict[str, Any]:
    """Where a server type is sold, as Hetzner tells it."""
    return {"name": name, "available": available, "deprecation": deprecation(end)}


def deprecation(end: str | None) -> dict[str, str] | None:
    """That something can be ordered until then, as Hetzner tells it."""
    if end is None:
        return None
    return {"announced": "2026-01-01T00:00:00Z", "unavailable_after": end}


def server_type(
    name: str,
    *places: dict[str, Any],
    price: float = 3.49,
    architecture: str = "x86",
    disk: int = 40,
) -> dict[str, Any]:
    """One of Hetzner's types. It tells a price wherever it has ever been sold."""
    net = {"net": f"{price:.4f}", "gross": f"{price * 1.19:.4f}"}
    return {
        "name": name,
        "architecture": architecture,
        "memory": 4.0,
        "disk": disk,
        "deprecated": False,
        "locations": list(places),
        "prices": [{"location": region, "price_monthly": net} for region in REGIONS],
    }


class Hetzner:
    """Hetzner's API: it sells cx23 in these places, cx33 and the ARM type cax11 everywhere."""

    def __init__(self, *places: dict[str, Any], refuses: httpx.Response | None = None) -> None:
        self.asked: list[str] = []
        self.tokens: set[str] = set()
        self.refuses = refuses
        self.currency = "EUR"
        everywhere = [place(region) for region in REGIONS]
        self.types = [
            server_type("cx23", *places),
            server_type("cx33", *everywhere, price=5.49, disk=80),
            server_type("cax11", *everywhere, price=2.99, architecture="arm"),
        ]

    def answer(self, request: httpx.Request) -> httpx.Response:
        """To one request, whatever it is."""
        assert request.method == "GET"
        self.asked.append(request.url.path)
        self.tokens.add(request.headers["Authorization"])
        if self.refuses is not None:
            return self.refuses
        if request.url.path == "/v1/locations":
            found = [{"name": region, "city": "A city", "country": "DE"} for region in REGIONS]
            return page_of("locations", found, request)
        if request.url.path == "/v1/pricing":
            pricing = {"currency": self.currency, "primary_ips": ADDRESS_PRICES}
            return httpx.Response(200, json={"pricing": pricing})
        return page_of("server_types", self.types, request)


ADDRESS_PRICES = [
    {
        "type": kind,
        "prices": [{"location": region, "price_monthly": {"net": net}} for region in REGIONS],
    }
    for kind, net in {"ipv6": "0.0000", "ipv4": "0.5000"}.items()
]


def page_of(kind: str, found: list[dict[str, Any]], request: httpx.Request) -> httpx.Response:
    """The page of a list that is asked for."""
    page, size = (int(request.url.params[name]) for name in ("page", "per_page"))
    more = page * size < len(found)
    pagination = {"page": page, "next_page": page + 1 if more else None}
    shown = found[(page - 1) * size : page * size]
    return httpx.Response(200, json={kind: shown, "meta": {"pagination": pagination}})


def selling() -> Hetzner:
    """Everything everywhere."""
    return Hetzner(*(place(region) for region in REGIONS))


Ask = Callable[..., Offer | None]


@pytest.fixture
def preflight(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run the preflight, with the recorded server, against this Hetzner; what will be rented."""
    monkeypatch.delenv("HCLOUD_ENDPOINT", raising=False)
    monkeypatch.delenv("HCLOUD_TOKEN", raising=False)
    monkeypatch.setattr("components.http_client.time.sleep", lambda _: None)
    client = httpx.Client

    def run(
        wanted: ServerSettings,
        recorded: dict[str, str] | None = None,
        hetzner: Hetzner | None = None,
        disk_gb: int | None = None,
    ) -> Offer | None:
        transport = httpx.MockTransport((hetzner or selling()).answer)
        monkeypatch.setattr("components.vps.api.httpx.Client", partial(client, transport=transport))
        offers: list[Offer | None] = []
        deploy(
            lambda: offers.append(preflight_server(wanted, recorded, disk_gb)),
            config={"hcloud:token": TOKEN},
        )
        return offers[0]

    return run


def test_a_size_on_a_later_page_can_be_ordered(
    preflight: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.vps.hcloud.PAGE", 2)
    hetzner = selling()
    offer = preflight(server(size="cax11"), hetzner=hetzner)

    assert offer is not None
    assert offer.monthly_cost == 3.49
    assert hetzner.asked.count("/v1/server_types") == 2


def test_a_provider_is_asked_everything_over_one_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[httpx.Client] = []
    client, hetzner = httpx.Client, selling()

    def make(**kinds: Any) -> httpx.Client:
        made.append(client(**kinds, transport=httpx.MockTransport(hetzner.answer)))
        return made[-1]

    monkeypatch.setattr("components.vps.api.httpx.Client", make)
    hcloud_catalog(TOKEN)

    assert hetzner.asked == ASKED
    assert len(made) == 1


def test_a_size_that_can_be_ordered_passes_with_its_price_and_an_ipv4_address(
    preflight: Ask,
) -> None:
    hetzner = selling()
    offer = preflight(server(), None, hetzner)

    assert offer is not None
    assert (offer.region, offer.monthly_cost, offer.currency) == ("nbg1", 3.99, "EUR")
    assert hetzner.asked == ASKED
    assert hetzner.tokens == {f"Bearer {TOKEN}"}


def test_a_price_is_in_the_currency_of_the_projects_owner(preflight: Ask) -> None:
    hetzner = selling()
    hetzner.currency = "USD"
    offer = preflight(server(), None, hetzner)

    assert offer is not None
    assert (offer.monthly_cost, offer.currency) == (3.99, "USD")


def test_the_first_region_that_has_the_size_is_taken(preflight: Ask) -> None:
    hetzner = Hetzner(place("nbg1", available=False), place("hel1"), place("fsn1"))
    offer = preflight(server(regions=["nbg1", "fsn1", "hel1"]), None, hetzner)

    assert offer is not None
    assert offer.region == "fsn1"


def test_a_running_server_stays_as_it_is_whatever_is_sold(preflight: Ask) -> None:
    offer = preflight(server(), RUNNING, Hetzner())

    assert offer is not None
    assert (offer.region, offer.monthly_cost) == ("nbg1", None)


def test_a_running_server_needs_no_answer(preflight: Ask) -> None:
    hetzner = Hetzner(refuses=httpx.Response(503))
    offer = preflight(server(), RUNNING, hetzner)

    assert offer is not None
    assert (offer.region, offer.monthly_cost) == ("nbg1", None)
    assert len(hetzner.asked) == TRIES


@pytest.mark.parametrize("change", [{"size": "cx33"}, {"image": "debian-12"}, {"region": "fsn1"}])
def test_a_change_that_is_ordered_needs_an_answer(preflight: Ask, change: dict[str, str]) -> None:
    with pytest.raises(pulumi.RunError, match="does not answer"):
        preflight(server(**change), RUNNING, Hetzner(refuses=httpx.Response(503)))


def test_the_users_own_machine_is_not_asked_about(preflight: Ask) -> None:
    hetzner = selling()

    assert preflight(settings(EXISTING).server, None, hetzner) is None
    assert hetzner.asked == []


@pytest.mark.parametrize(
    "nbg1", [place("nbg1", available=False), place("nbg1", end=LONG_OVER), place("ash")]
)
def test_a_size_sold_elsewhere_is_refused_with_the_line_to_set(
    preflight: Ask, nbg1: dict[str, Any]
) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        preflight(server(), None, Hetzner(nbg1, place("fsn1"), place("hel1")))

    said = str(caught.value)
    assert "cx23 is sold out in nbg1" in said
    assert "fsn1, hel1" in said
    for line in ("server.region fsn1", "server.region hel1", "server.size cx33"):
        assert f"pulumi config set --path vps-reverse-proxy:{line}   # " in said
    assert "cax11" not in said  # ARM is not proposed


def test_an_arm_size_is_rented_when_it_is_asked_for(preflight: Ask) -> None:
    offer = preflight(server(size="cax11"), None, Hetzner(place("nbg1")))

    assert offer is not None
    assert (offer.region, offer.monthly_cost) == ("nbg1", 3.49)


def test_a_size_sold_out_everywhere_is_not_called_deprecated(preflight: Ask) -> None:
    with pytest.raises(pulumi.RunError, match="cx23 is sold out in every region now") as caught:
        preflight(server(), None, Hetzner(place("nbg1", available=False)))

    assert "deprecated" not in str(caught.value)
    assert "pulumi config set --path vps-reverse-proxy:server.size cx33" in str(caught.value)
    assert "server.region" not in str(caught.value)


def test_a_size_whose_end_has_come_everywhere_is_refused_with_another_size(
    preflight: Ask,
) -> None:
    hetzner = selling()
    hetzner.types[0]["deprecation"] = deprecation(LONG_OVER)
    for sold in (hetzner, Hetzner(place("nbg1", end=LONG_OVER), place("fsn1", end=LONG_OVER))):
        with pytest.raises(pulumi.RunError, match="is deprecated and cannot be ordered") as caught:
            preflight(server(), None, sold)

        assert "pulumi config set --path vps-reverse-proxy:server.size cx33" in str(caught.value)
        assert "server.region" not in str(caught.value)


def test_a_size_whose_end_is_announced_is_rented_until_then_and_never_proposed(
    preflight: Ask,
) -> None:
    whole = selling()
    whole.types[0] |= {"deprecated": True, "deprecation": deprecation(FAR_OFF)}
    for sold in (whole, Hetzner(*(place(region, end=FAR_OFF) for region in REGIONS))):
        offer = preflight(server(), None, sold)

        assert offer is not None
        assert (offer.region, offer.monthly_cost) == ("nbg1", 3.99)
        with pytest.raises(pulumi.RunError) as caught:
            preflight(server(size="cx99"), None, sold)
        assert "server.size cx33" in str(caught.value)
        assert "cx23" not in str(caught.value)


def test_a_region_where_the_size_is_about_to_end_is_not_proposed(preflight: Ask) -> None:
    hetzner = Hetzner(place("nbg1", available=False), place("fsn1", end=FAR_OFF), place("hel1"))
    with pytest.raises(pulumi.RunError, match="it can be ordered in fsn1, hel1") as caught:
        preflight(server(), None, hetzner)

    assert "server.region hel1" in str(caught.value)
    assert "server.region fsn1" not in str(caught.value)


def test_a_size_can_be_ordered_until_the_moment_that_was_announced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hetzner, client = Hetzner(place("nbg1", end=LONG_OVER)), httpx.Client
    transport = httpx.MockTransport(hetzner.answer)
    monkeypatch.setattr("components.vps.api.httpx.Client", partial(client, transport=transport))
    end = datetime(2026, 4, 1, tzinfo=UTC)

    before = hcloud_catalog(TOKEN, end - timedelta(seconds=1)).sizes["cx23"]
    after = hcloud_catalog(TOKEN, end).sizes["cx23"]

    assert (list(before.prices), before.deprecated) == (["nbg1"], False)
    assert (list(after.prices), after.deprecated) == ([], True)


def test_another_image_asks_again_because_it_buys_a_new_server(preflight: Ask) -> None:
    with pytest.raises(pulumi.RunError, match="sold out in nbg1"):
        preflight(server(image="debian-12"), RUNNING, Hetzner(place("fsn1")))


def test_another_size_or_image_stays_where_the_server_runs(preflight: Ask) -> None:
    """That an earlier region of the list has room again must not move it."""
    there = {**RUNNING, "region": "hel1"}
    for change in ({"size": "cx33"}, {"image": "debian-12"}):
        offer = preflight(server(regions=["nbg1", "hel1"], **change), there)

        assert offer is not None
        assert offer.region == "hel1", change


@pytest.mark.parametrize(
    ("size", "running", "disk_gb", "replaces"),
    [
        ("cx33", "cx23", 40, False),  # more disk than it has: the disk stays as it is
        ("cx23", "cx33", 40, False),  # back again, for its disk has not grown
        ("cx23", "cx33", 80, True),
        ("cx23", "cx33", None, False),  # nobody wrote its disk down: as before
        ("cax11", "cx23", 40, True),  # another processor
        ("cx23", "gone", 80, True),
        ("cx33", "gone", 80, False),
    ],
)
def test_a_size_that_the_running_server_cannot_be_given_needs_another_server(
    preflight: Ask, size: str, running: str, disk_gb: int | None, *, replaces: bool
) -> None:
    offer = preflight(server(size=size), {**RUNNING, "size": running}, disk_gb=disk_gb)

    assert offer is not None
    assert offer.replaces is replaces


def test_a_new_server_replaces_none(preflight: Ask) -> None:
    for recorded in (None, ADOPTED):
        offer = preflight(server(), recorded, disk_gb=80)

        assert offer is not None
        assert not offer.replaces


def test_an_unknown_size_or_region_is_told_with_what_there_is(preflight: Ask) -> None:
    with pytest.raises(pulumi.RunError, match=r"server\.size: there is no size 'cx99'") as caught:
        preflight(server(size="cx99"))
    assert "vps-reverse-proxy:server.size cx23" in str(caught.value)

    with pytest.raises(pulumi.RunError, match=r"no region 'nbg9'; there are fsn1, hel1, nbg1"):
        preflight(server(region="nbg9"))


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_told_at_once_and_never_shown(preflight: Ask, status: int) -> None:
    hetzner = Hetzner(refuses=httpx.Response(status))
    with pytest.raises(pulumi.RunError) as caught:
        preflight(server(), None, hetzner)

    assert "Hetzner Cloud refuses the token" in str(caught.value)
    assert "hcloud:token" in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert len(hetzner.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_api_is_asked_a_few_times_and_then_told(preflight: Ask, status: int) -> None:
    hetzner = Hetzner(refuses=httpx.Response(status))
    with pytest.raises(pulumi.RunError, match=f"does not answer .*status {status}") as caught:
        preflight(server(), None, hetzner)

    assert "Nothing was changed" in str(caught.value)
    assert len(hetzner.asked) == TRIES


def test_what_hetzner_says_is_passed_on(preflight: Ask) -> None:
    refuses = httpx.Response(400, text="a word of theirs")
    with pytest.raises(pulumi.RunError, match="answers 400 to /server_types: a word of theirs"):
        preflight(server(), None, Hetzner(refuses=refuses))


def test_the_administrator_of_a_running_server_cannot_be_renamed(preflight: Ask) -> None:
    hetzner = selling()
    with pytest.raises(pulumi.RunError) as caught:
        preflight(server(admin="boss"), RUNNING, hetzner)

    assert "vps-reverse-proxy:server.admin admin" in str(caught.value)
    assert hetzner.asked == []


def test_a_stack_that_moves_to_hetzner_may_name_its_administrator(preflight: Ask) -> None:
    hetzner = selling()
    preflight(server(admin="boss"), ADOPTED, hetzner)

    assert hetzner.asked == ASKED
