"""A zone that nobody asks for, or that Cloudflare does not stand before; names too deep in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

import lab.clouds.cloudflare.zones
from components.cloudflare.api import Api
from components.edge import preflight_edge
from settings import EdgeSettings
from tests.unit.components.samples import STACK, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.components.cloudflare.conftest import Cloud


@pytest.fixture
def altered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give the account's zones other fields than they have."""
    shown = lab.clouds.cloudflare.zones._shown

    def alter(**fields: Any) -> None:
        monkeypatch.setattr(
            lab.clouds.cloudflare.zones, "_shown", lambda zone: {**shown(zone), **fields}
        )

    return alter


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", told.append)
    return told


def preflight(mode: str = "flexible", *hostnames: str) -> str:
    names = hostnames or ("asr.gonova.one", "tts.gonova.one")
    services = [
        one.model_copy(update={"hostname": name})
        for one, name in zip(settings().services, names, strict=False)
    ]
    edge = EdgeSettings.model_validate({"mode": mode})
    return preflight_edge(edge, services, STACK).zone_id


@pytest.mark.parametrize("mode", ["flexible", "strict", "direct", "direct-http"])
@pytest.mark.parametrize("status", ["initializing", "pending", "moved"])
@pytest.mark.usefixtures("cloud")
def test_a_zone_that_nobody_asks_for_is_refused_with_the_name_servers_to_set(
    altered: Callable[..., None], mode: str, status: str
) -> None:
    altered(status=status)
    with pytest.raises(pulumi.RunError) as caught:
        preflight(mode)

    said = str(caught.value)
    assert said.startswith("vps-reverse-proxy:edge.zone: gonova.one is not active at Cloudflare")
    assert f"status {status}" in said
    assert "ada.ns.cloudflare.com, bob.ns.cloudflare.com" in said


@pytest.mark.usefixtures("cloud")
def test_a_zone_that_gets_no_name_servers_is_to_be_finished_in_the_dashboard(
    altered: Callable[..., None],
) -> None:
    altered(status="pending", type="partial", name_servers=None)
    with pytest.raises(pulumi.RunError, match="Finish its set-up in the Cloudflare dashboard"):
        preflight()


@pytest.mark.parametrize("mode", ["flexible", "full", "strict"])
@pytest.mark.usefixtures("cloud")
def test_a_paused_zone_is_refused_where_visitors_come_through_cloudflare(
    altered: Callable[..., None], mode: str
) -> None:
    altered(paused=True)
    with pytest.raises(pulumi.RunError, match=r"gonova\.one is paused.*set edge\.mode to direct"):
        preflight(mode)


@pytest.mark.parametrize("mode", ["direct", "direct-http"])
def test_a_paused_zone_does_where_visitors_come_straight(
    cloud: Cloud, altered: Callable[..., None], mode: str
) -> None:
    altered(paused=True)

    assert preflight(mode) == cloud.zone_id()


def test_of_two_accounts_the_one_whose_zone_is_active_is_taken(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = cloud.client().get("/zones", {"name": "gonova.one"})
    twice = [{**answers[0], "id": "f" * 32, "status": "moved"}, answers[0]]
    get = Api.get

    def from_two(api: Any, path: str, params: Any = None) -> Any:
        return twice if path == "/zones" else get(api, path, params)

    monkeypatch.setattr(Api, "get", from_two)

    assert preflight() == answers[0]["id"]


@pytest.mark.parametrize("mode", ["flexible", "full", "strict"])
@pytest.mark.usefixtures("cloud")
def test_a_name_that_cloudflares_certificate_is_not_for_is_warned_of(
    warned: list[str], mode: str
) -> None:
    preflight(mode, "asr.voice.gonova.one", "tts.gonova.one")

    (line,) = warned
    assert "not for asr.voice.gonova.one:" in line
    assert "tts.gonova.one" not in line
    assert line.endswith("such as asr-voice.gonova.one")


@pytest.mark.parametrize(
    ("mode", "hostname"),
    [
        ("flexible", "gonova.one"),
        ("flexible", "asr.gonova.one"),
        ("direct", "asr.voice.gonova.one"),
        ("direct-http", "asr.voice.gonova.one"),
    ],
)
@pytest.mark.usefixtures("cloud")
def test_a_name_that_gets_a_certificate_or_needs_none_is_not_warned_of(
    warned: list[str], mode: str, hostname: str
) -> None:
    preflight(mode, hostname)

    assert warned == []


@pytest.mark.usefixtures("cloud")
def test_in_a_zone_by_cname_every_name_gets_its_own_certificate(
    altered: Callable[..., None], warned: list[str]
) -> None:
    altered(type="partial")
    preflight("flexible", "asr.voice.gonova.one")

    assert warned == []
