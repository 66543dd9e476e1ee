"""What is asked at Cloudflare before anything is created, and how a finding is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from pulumi.runtime import set_all_config

from components.edge import preflight_edge, record_comment
from components.edge.preflight import Zone
from lab.clouds.cloudflare import PERMISSIONS, create_app
from settings import EdgeSettings
from tests.unit.components.samples import OTHER_STACK, STACK, settings
from tests.unit.lab.clouds.cloudflare.conftest import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.components.cloudflare.conftest import Cloud

LIMITED = "limited-token-0123456789abcdefABCDEF-0123456789"
SERVICES = settings().services


def preflight(mode: str = "flexible", *, changes: bool = True, **edge: Any) -> Zone:
    section = EdgeSettings.model_validate({"mode": mode, **edge})
    return preflight_edge(section, SERVICES, STACK, changes=changes)


def with_rights(cloud: Cloud, state: Path, *rights: str) -> None:
    """From now on the token holds these rights only."""
    cloud.app = create_app(
        tokens={LIMITED: rights}, state_file=state / "limited.json", on_change=lambda _: None
    )
    set_all_config({"cloudflare:apiToken": LIMITED, "cloudflare:baseUrl": cloud.url})


def add_record(cloud: Cloud, **fields: Any) -> None:
    body = {"type": "A", "content": "198.51.100.9", "ttl": 1, **fields}
    cloud.client().call("POST", f"/zones/{cloud.zone_id()}/dns_records", body=body)


def test_a_zone_that_is_in_order_is_found_with_cloudflares_addresses(cloud: Cloud) -> None:
    zone = preflight()

    assert zone.zone_id == cloud.zone_id()
    assert zone.edge_ranges == ("198.51.100.0/26", "2001:db8:ed6e::/48")


@pytest.mark.parametrize("mode", ["direct", "direct-http"])
def test_where_visitors_come_straight_nobody_is_trusted(cloud: Cloud, mode: str) -> None:
    assert preflight(mode).edge_ranges == ()


def test_with_dns_elsewhere_cloudflare_is_not_asked(cloud: Cloud) -> None:
    zone = preflight("direct", dns="manual")

    assert zone == Zone(zone_id="", edge_ranges=())
    assert cloud.asked == []


@pytest.mark.parametrize(
    ("rights", "mode", "scope", "missing"),
    [
        (set(), "flexible", "hostnames", "Zone / Zone / Read"),
        ({"Zone Read", "DNS Read"}, "direct", "hostnames", "Zone / DNS / Edit"),
        ({"Zone Read", "DNS Write"}, "flexible", "hostnames", "Zone / Config Rules / Edit"),
        (
            {"Zone Read", "DNS Write", "Config Rules Read"},
            "full",
            "hostnames",
            "Zone / Config Rules / Edit",
        ),
        (
            {"Zone Read", "DNS Write", "Config Rules Write"},
            "strict",
            "hostnames",
            "Zone / SSL and Certificates / Edit",
        ),
        (
            {"Zone Read", "DNS Write", "Config Rules Write", "Zone Settings Read"},
            "flexible",
            "zone",
            "Zone / Zone Settings / Edit",
        ),
    ],
)
def test_the_permission_that_the_token_lacks_is_named(  # noqa: PLR0917 # pytest names them
    cloud: Cloud, tmp_path: Path, rights: set[str], mode: str, scope: str, missing: str
) -> None:
    with_rights(cloud, tmp_path, *rights)
    with pytest.raises(pulumi.RunError) as caught:
        preflight(mode, ssl_scope=scope)

    assert f"lacks {missing} for gonova.one" in str(caught.value)
    assert LIMITED not in str(caught.value)


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize("code", [10000, 1016])
def test_the_origin_cas_refusal_is_known_by_its_number(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    monkeypatch.setattr("lab.clouds.cloudflare.certificates.DENIAL", (status, code, "No"))
    with_rights(cloud, tmp_path, "Zone Read", "DNS Write", "Config Rules Write")

    with pytest.raises(pulumi.RunError, match="lacks Zone / SSL and Certificates / Edit for"):
        preflight("strict")


def test_another_answer_of_the_origin_ca_is_no_refusal(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.clouds.cloudflare.certificates.DENIAL", (400, 1101, "Not there"))
    with_rights(cloud, tmp_path, "Zone Read", "DNS Write", "Config Rules Write")

    assert preflight("strict").zone_id


def test_all_missing_permissions_are_told_at_once(cloud: Cloud, tmp_path: Path) -> None:
    with_rights(cloud, tmp_path, "Zone Read")
    with pytest.raises(pulumi.RunError) as caught:
        preflight("strict")

    for permission in ("DNS / Edit", "Config Rules / Edit", "SSL and Certificates / Edit"):
        assert permission in str(caught.value)


@pytest.mark.parametrize(
    ("rights", "mode", "scope", "unheld"),
    [
        ({"Zone Read", "DNS Read"}, "direct", "hostnames", "Zone / DNS / Edit"),
        (
            {"Zone Read", "DNS Read", "Config Rules Read"},
            "strict",
            "hostnames",
            "Zone / DNS / Edit, Zone / Config Rules / Edit, Zone / SSL and Certificates / Edit",
        ),
        (
            {"Zone Read", "DNS Read", "Config Rules Read", "Zone Settings Read"},
            "full",
            "zone",
            "Zone / DNS / Edit, Zone / Config Rules / Edit, Zone / Zone Settings / Edit",
        ),
    ],
)
def test_where_nothing_can_be_changed_a_token_that_only_reads_is_enough_and_warned_of(  # noqa: PLR0917 # pytest names them
    cloud: Cloud,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rights: set[str],
    mode: str,
    scope: str,
    unheld: str,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", told.append)
    with_rights(cloud, tmp_path, *rights)

    assert preflight(mode, ssl_scope=scope, changes=False).zone_id
    assert f"lacks {unheld} for gonova.one: enough for this preview" in told[0]
    with pytest.raises(pulumi.RunError, match=f"lacks {unheld} for"):
        preflight(mode, ssl_scope=scope)


@pytest.mark.parametrize(
    ("rights", "mode", "scope", "missing"),
    [
        (set(), "flexible", "hostnames", "Zone / Zone / Read"),
        ({"Zone Read"}, "direct", "hostnames", "Zone / DNS / Read"),
        ({"Zone Read", "DNS Read"}, "flexible", "hostnames", "Zone / Config Rules / Read"),
        (
            {"Zone Read", "DNS Read", "Config Rules Read"},
            "flexible",
            "zone",
            "Zone / Zone Settings / Read",
        ),
    ],
)
def test_a_preview_elsewhere_is_refused_without_what_it_reads(  # noqa: PLR0917 # pytest names them
    cloud: Cloud, tmp_path: Path, rights: set[str], mode: str, scope: str, missing: str
) -> None:
    with_rights(cloud, tmp_path, *rights)
    with pytest.raises(pulumi.RunError, match=f"lacks {missing} for gonova"):
        preflight(mode, ssl_scope=scope, changes=False)


@pytest.mark.parametrize(
    ("rights", "mode"),
    [
        ({"Zone Read", "DNS Write"}, "direct"),
        ({"Zone Read", "DNS Write", "Config Rules Write"}, "full"),
        ({"Zone Read", "DNS Write", "Config Rules Write", "SSL and Certificates Write"}, "strict"),
    ],
)
def test_no_mode_asks_for_more_than_it_needs(
    cloud: Cloud, tmp_path: Path, rights: set[str], mode: str
) -> None:
    with_rights(cloud, tmp_path, *rights)

    assert preflight(mode).zone_id


def test_an_origin_ca_key_which_cloudflare_takes_no_more_is_to_go(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_USER_SERVICE_KEY", "v1.0-key")

    with pytest.raises(pulumi.RunError, match="unset CLOUDFLARE_API_USER_SERVICE_KEY"):
        preflight("strict")
    assert preflight("full").zone_id

    set_all_config(
        {
            "cloudflare:apiToken": TOKEN,
            "cloudflare:baseUrl": cloud.url,
            "cloudflare:apiUserServiceKey": "v1.0-key",
        }
    )
    with pytest.raises(pulumi.RunError, match="pulumi config rm cloudflare:apiUser") as refused:
        preflight("strict")
    assert "v1.0-key" not in str(refused.value)


@pytest.mark.parametrize("mode", ["direct", "flexible", "strict"])
def test_the_preflight_changes_nothing(cloud: Cloud, mode: str) -> None:
    add_record(cloud, name="kept.gonova.one")
    preflight(mode, ssl_scope="zone")
    records = cloud.client().all(f"/zones/{cloud.zone_id()}/dns_records")

    assert [record["name"] for record in records] == ["kept.gonova.one"]
    assert cloud.rule_sets() == []
    assert cloud.ssl() == "full"


def test_an_unknown_token_is_told_with_the_way_to_set_it(cloud: Cloud) -> None:
    token = "an-unknown-token-0123456789abcdefABCDEF-0123"
    set_all_config({"cloudflare:apiToken": token, "cloudflare:baseUrl": cloud.url})
    with pytest.raises(pulumi.RunError) as caught:
        preflight()

    assert "pulumi config set --secret cloudflare:apiToken" in str(caught.value)
    assert token not in str(caught.value)


def test_a_zone_that_is_not_in_the_account_is_named(cloud: Cloud) -> None:
    with pytest.raises(pulumi.RunError, match=r"edge\.zone.*nowhere\.example.*edge\.dns manual"):
        preflight(zone="nowhere.example")


@pytest.mark.parametrize(
    ("kind", "content"), [("A", "198.51.100.9"), ("AAAA", "2001:db8::9"), ("CNAME", "x.example")]
)
def test_an_address_record_of_somebody_else_is_in_the_way(
    cloud: Cloud, kind: str, content: str
) -> None:
    add_record(cloud, name="asr.gonova.one", type=kind, content=content)
    with pytest.raises(pulumi.RunError, match=f"already has a record {kind} {content}"):
        preflight()


def test_everything_in_the_way_is_told_at_once(cloud: Cloud) -> None:
    add_record(cloud, name="asr.gonova.one")
    add_record(cloud, name="tts.gonova.one", comment=record_comment(OTHER_STACK))
    with pytest.raises(pulumi.RunError) as caught:
        preflight()

    assert str(caught.value).startswith("In the way at Cloudflare:")
    assert "asr.gonova.one already has" in str(caught.value)
    assert "tts.gonova.one already has" in str(caught.value)


def test_our_own_record_and_records_of_other_kinds_are_not_in_the_way(cloud: Cloud) -> None:
    add_record(cloud, name="asr.gonova.one", comment=record_comment(STACK))
    add_record(cloud, name="tts.gonova.one", type="TXT", content='"a text"')

    assert preflight().zone_id


def test_rules_of_somebody_else_are_not_in_the_way(cloud: Cloud) -> None:
    rule = {
        "action": "set_config",
        "action_parameters": {"ssl": "off"},
        "expression": '(http.host eq "x.gonova.one")',
    }
    body = {"name": "default", "kind": "zone", "phase": "http_config_settings", "rules": [rule]}
    cloud.client().call("POST", f"/zones/{cloud.zone_id()}/rulesets", body=body)

    assert preflight().zone_id


def test_a_zone_whose_mode_another_stack_sets_is_refused(cloud: Cloud) -> None:
    rule = {
        "action": "set_config",
        "action_parameters": {"ssl": "full"},
        "expression": '(http.host eq "gonova.one")',
        "description": f"{OTHER_STACK.owner} sets this zone's SSL mode; before it was off",
        "enabled": False,
        "ref": "vps_reverse_proxy_zone_ssl",
    }
    body = {"name": "default", "kind": "zone", "phase": "http_config_settings", "rules": [rule]}
    cloud.client().call("POST", f"/zones/{cloud.zone_id()}/rulesets", body=body)

    with pytest.raises(pulumi.RunError, match=f"already set by the stack {OTHER_STACK.owner}"):
        preflight(ssl_scope="zone")
    assert preflight().zone_id


def test_the_other_names_that_the_zones_mode_affects_are_told(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", told.append)
    add_record(cloud, name="shop.gonova.one", proxied=True)
    add_record(cloud, name="grey.gonova.one")
    preflight(ssl_scope="zone")

    (line,) = told
    assert "changes from full to flexible" in line
    assert "shop.gonova.one" in line
    assert "grey.gonova.one" not in line


@pytest.mark.parametrize("status", [429, 500])
def test_an_api_that_stays_busy_is_a_clear_error(cloud: Cloud, status: int) -> None:
    cloud.trouble = [status] * 50
    with pytest.raises(pulumi.RunError, match=f"answers {status} .*Nothing was changed"):
        preflight()


def test_every_permission_that_is_probed_is_one_that_the_lab_knows() -> None:
    assert "SSL and Certificates Write" in PERMISSIONS
