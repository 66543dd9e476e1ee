"""What the last run made at Cloudflare, and whether the token can still remove it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from pulumi.runtime import set_all_config

from components.edge import preflight_edge
from components.outputs import describe_operations
from lab.clouds.cloudflare import create_app
from settings import EdgeSettings
from tests.unit.components.samples import STACK, settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.components.cloudflare.conftest import Cloud

LIMITED = "limited-token-0123456789abcdefABCDEF-0123456789"
DNS = ("Zone Read", "DNS Write")
STRICT = (*DNS, "Config Rules Write", "SSL and Certificates Write")


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", told.append)
    return told


def with_rights(cloud: Cloud, state: Path, *rights: str) -> None:
    """From now on the token holds these rights only."""
    cloud.app = create_app(
        tokens={LIMITED: rights}, state_file=state / "limited.json", on_change=lambda _: None
    )
    set_all_config({"cloudflare:apiToken": LIMITED, "cloudflare:baseUrl": cloud.url})


def preflight(last: dict[str, Any], *, changes: bool = True, **now: Any) -> None:
    before = describe_operations(settings(), STACK) | last
    edge = EdgeSettings.model_validate(now)
    preflight_edge(edge, settings().services, STACK, changes=changes, recorded=before)


def test_a_zone_that_the_token_no_longer_sees_is_told_with_what_to_do(
    cloud: Cloud, warned: list[str]
) -> None:
    assert cloud.zone_id()
    preflight({"zone": "sold.example"}, mode="direct")

    (said,) = warned
    assert "edge.mode flexible in the zone sold.example" in said
    assert "does not see that zone" in said
    assert "every later pulumi up would end in an error" in said
    assert "Give it the zone sold.example, beside its own, until this run is over" in said
    assert "What is at Cloudflare cannot be removed any more" in said


@pytest.mark.parametrize(
    ("last", "lacks"),
    [
        ({"mode": "flexible"}, "lacks Zone / Config Rules / Edit for it"),
        (
            {"mode": "strict"},
            "lacks Zone / Config Rules / Edit, Zone / SSL and Certificates / Edit for it",
        ),
        (
            {"mode": "full", "sslScope": "zone"},
            "lacks Zone / Config Rules / Edit, Zone / Zone Settings / Edit for it",
        ),
    ],
)
def test_permissions_that_only_the_last_mode_needed_are_asked_about(
    cloud: Cloud, tmp_path: Path, warned: list[str], last: dict[str, Any], lacks: str
) -> None:
    with_rights(cloud, tmp_path, *DNS)
    preflight(last, mode="direct")

    (said,) = warned
    assert lacks in said
    assert LIMITED not in said


@pytest.mark.parametrize(
    ("last", "rights"),
    [
        ({"mode": "direct"}, DNS),
        ({"mode": "strict"}, STRICT),
        ({"dns": "manual", "mode": "direct-http", "zone": "other.example"}, DNS),
        ({"mode": "of another version"}, DNS),
    ],
)
def test_nothing_is_said_where_all_can_be_removed(
    cloud: Cloud, tmp_path: Path, warned: list[str], last: dict[str, Any], rights: tuple[str, ...]
) -> None:
    with_rights(cloud, tmp_path, *rights)
    preflight(last, mode="direct")

    assert warned == []


def test_nothing_is_asked_of_a_preview_elsewhere_and_before_the_first_run(
    cloud: Cloud, warned: list[str]
) -> None:
    assert cloud.zone_id()
    edge = EdgeSettings.model_validate({"mode": "direct"})
    preflight({"zone": "sold.example"}, mode="direct", changes=False)
    preflight_edge(edge, settings().services, STACK)

    assert warned == []


def test_with_dns_by_hand_from_now_on_the_token_is_asked_about_too_if_there_is_one(
    cloud: Cloud, tmp_path: Path, warned: list[str]
) -> None:
    with_rights(cloud, tmp_path, *DNS)
    preflight({"mode": "strict"}, mode="direct", dns="manual")
    set_all_config({"cloudflare:baseUrl": cloud.url})
    preflight({"mode": "strict"}, mode="direct", dns="manual")

    (said,) = warned
    assert "lacks Zone / Config Rules / Edit" in said


def test_an_api_that_stays_busy_stops_nothing_that_needs_no_cloudflare(
    cloud: Cloud, warned: list[str]
) -> None:
    assert cloud.zone_id()
    cloud.trouble = [500] * 50
    preflight({"mode": "strict"}, mode="direct", dns="manual")

    assert "it is not known whether what the last run made there can be removed" in warned[0]
