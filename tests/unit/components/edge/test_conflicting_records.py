"""Records that are marked as ours, and that no run of this stack is known to have made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from components.edge import known_addresses, preflight_edge, record_comment
from settings import EdgeSettings
from tests.unit.components.samples import EXISTING, HCLOUD, STACK, settings

if TYPE_CHECKING:
    from tests.unit.components.cloudflare.conftest import Cloud

OLD, NEW, NEW6 = "203.0.113.9", "203.0.113.16", "2001:db8:100:1::1"
RECORDED = {"vpsAddress": NEW, "vpsAddress6": "2001:0db8:0100:0001:0:0:0:1"}


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", told.append)
    return told


def add_ours(cloud: Cloud, content: str, kind: str = "A") -> None:
    body = {
        "name": "asr.gonova.one",
        "type": kind,
        "content": content,
        "ttl": 1,
        "comment": record_comment(STACK),
    }
    cloud.client().call("POST", f"/zones/{cloud.zone_id()}/dns_records", body=body)


def preflight(server: dict[str, Any] = HCLOUD, recorded: dict[str, Any] = RECORDED) -> None:
    found = settings(server)
    edge = EdgeSettings.model_validate({"mode": "flexible"})
    preflight_edge(edge, found.services, STACK, known_addresses(found.server, recorded))


def test_a_record_that_leads_to_the_recorded_vps_is_no_news(
    cloud: Cloud, warned: list[str]
) -> None:
    add_ours(cloud, NEW)
    add_ours(cloud, NEW6, "AAAA")
    preflight()

    assert warned == []


def test_a_record_that_leads_to_the_users_own_vps_is_no_news_after_a_move_cut_short(
    cloud: Cloud, warned: list[str]
) -> None:
    add_ours(cloud, EXISTING["address"])
    preflight(EXISTING)

    assert warned == []


def test_a_record_that_leads_to_the_users_own_vps_is_warned_of_where_nothing_is_recorded(
    cloud: Cloud, warned: list[str]
) -> None:
    """After a lost state Cloudflare would refuse ours as identical, at the end of the run."""
    add_ours(cloud, EXISTING["address"])
    preflight(EXISTING, recorded={})

    (line,) = warned
    assert "Cloudflare refuses the new record as identical" in line


@pytest.mark.parametrize("recorded", [RECORDED, {}], ids=["another address", "nothing recorded"])
def test_a_record_that_no_run_is_known_to_have_made_is_warned_of(
    cloud: Cloud, warned: list[str], recorded: dict[str, Any]
) -> None:
    add_ours(cloud, OLD)
    preflight(recorded=recorded)

    (line,) = warned
    assert f"asr.gonova.one has a record A {OLD} that is marked as {STACK.owner}'s" in line
    assert "delete the record in the Cloudflare dashboard first" in line


def test_two_records_of_a_kind_are_refused_and_the_stray_one_is_named(
    cloud: Cloud, warned: list[str]
) -> None:
    add_ours(cloud, OLD)
    add_ours(cloud, NEW)
    with pytest.raises(pulumi.RunError) as caught:
        preflight()

    assert "In the way at Cloudflare:" in str(caught.value)
    assert "asr.gonova.one has 2 records A" in str(caught.value)
    assert str(caught.value).endswith(f"what is not the VPS: {OLD}")
    assert warned == []
