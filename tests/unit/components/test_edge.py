"""The edge: whose records and rules it touches, and in which words it refuses others'."""

from typing import Any

import pulumi
import pytest

from components.edge import Edge, EdgeArgs, Zone, preflight_edge, record_comment, ruleset_name
from components.naming import StackName
from settings import EdgeSettings
from tests.unit.components.engine import ZONE, Call, Clouds, Recorder, Refused, deploy
from tests.unit.components.samples import OTHER_STACK, STACK, settings

SETTINGS = settings()
PHASE = "http_config_settings"


def record(comment: str, kind: str = "A") -> dict[str, Any]:
    """A DNS record of asr.gonova.one."""
    return {"type": kind, "name": "asr.gonova.one", "content": "192.0.2.1", "comment": comment}


def ruleset(name: str, phase: str = PHASE, kind: str = "zone") -> dict[str, Any]:
    """A rule set of the zone."""
    return {"id": "1", "name": name, "phase": phase, "kind": kind}


def preflight(stack: StackName = STACK, **calls: Call) -> Zone:
    """What the preflight finds, with these answers of Cloudflare's."""
    found: list[Zone] = []
    deploy(
        lambda: found.append(preflight_edge(SETTINGS.edge, SETTINGS.services, stack)),
        clouds=Clouds(calls=dict(calls)),
    )
    return found[0]


def records_of_asr(*records: dict[str, Any]) -> Call:
    """Cloudflare's answer when it is asked for the records of one exact name."""

    def answer(args: Any) -> dict[str, Any]:
        assert args["zoneId"] == ZONE["id"]
        return {"results": list(records) if args["name"]["exact"] == "asr.gonova.one" else []}

    return answer


def rulesets(*some: dict[str, Any]) -> Call:
    """Cloudflare's answer when it is asked for the rule sets."""
    return lambda _: {"rulesets": list(some)}


def test_an_empty_zone_is_fit() -> None:
    zone = preflight()

    assert zone.zone_id == ZONE["id"]
    assert zone.trusted_proxies == ("198.51.100.0/24", "2001:db8:ed6e::/48")


def test_the_stacks_own_records_and_rules_are_no_obstacle() -> None:
    preflight(
        getDnsRecords=records_of_asr(record(record_comment(STACK))),
        getRulesets=rulesets(ruleset(ruleset_name(STACK))),
    )


def test_records_that_are_no_addresses_are_no_obstacle() -> None:
    preflight(getDnsRecords=records_of_asr(record("", "TXT"), record("", "MX")))


def test_rules_of_another_phase_or_above_the_zone_are_no_obstacle() -> None:
    preflight(
        getRulesets=rulesets(
            ruleset("default", "http_request_firewall_custom"), ruleset("default", kind="managed")
        )
    )


@pytest.mark.parametrize("kind", ["A", "AAAA", "CNAME"])
@pytest.mark.parametrize("comment", ["", record_comment(OTHER_STACK)])
def test_a_record_of_somebody_else_is_refused_by_name(kind: str, comment: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        preflight(getDnsRecords=records_of_asr(record(comment, kind)))

    said = str(caught.value)
    assert f"asr.gonova.one already has a record {kind} 192.0.2.1" in said
    assert "delete it" in said
    assert "another hostname" in said
    assert "tts.gonova.one" not in said


def test_a_rule_set_of_somebody_else_is_kept_and_named() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        preflight(getRulesets=rulesets(ruleset("summer sale")))

    said = str(caught.value)
    assert "'summer sale'" in said
    assert "kept as they are" in said


def test_everything_in_the_way_is_told_at_once() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        preflight(
            getDnsRecords=lambda _: {"results": [record("")]},
            getRulesets=rulesets(ruleset("default")),
        )

    said = str(caught.value)
    assert said.startswith("In the way at Cloudflare:")
    assert "asr.gonova.one" in said
    assert "tts.gonova.one" in said
    assert "configuration rules" in said


def test_a_zone_that_is_not_found_names_the_setting_and_the_permissions() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        preflight(getZones=lambda _: {"results": []})

    said = str(caught.value)
    assert said.startswith("vps-reverse-proxy:edge.zone:")
    assert "no zone gonova.one" in said
    assert "DNS Edit" in said


def test_a_refused_token_is_told_with_the_command_that_sets_another() -> None:
    def refuse(_: object) -> dict[str, Any]:
        raise Refused("403 Forbidden: Invalid access token (9109)")

    with pytest.raises(pulumi.RunError) as caught:
        preflight(getZones=refuse)

    assert "9109" in str(caught.value)
    assert "pulumi config set --secret cloudflare:apiToken" in str(caught.value)


def made(address6: str | None = "2001:db8:100:1::1", **edge: Any) -> Recorder:
    """An edge in front of a VPS."""
    zone = Zone(zone_id=ZONE["id"], trusted_proxies=())

    def program() -> None:
        args = EdgeArgs(
            edge=EdgeSettings(**edge),
            zone=zone,
            stack=STACK,
            services=SETTINGS.services,
            address="203.0.113.16",
            address6=address6,
        )
        Edge("edge", args)

    return deploy(program)


def test_every_name_gets_a_proxied_record_marked_as_the_stacks() -> None:
    records = made().named("DnsRecord")

    assert {(one.inputs["name"], one.inputs["type"], one.inputs["content"]) for one in records} == {
        ("asr.gonova.one", "A", "203.0.113.16"),
        ("asr.gonova.one", "AAAA", "2001:db8:100:1::1"),
        ("tts.gonova.one", "A", "203.0.113.16"),
        ("tts.gonova.one", "AAAA", "2001:db8:100:1::1"),
    }
    for one in records:
        assert one.inputs["proxied"] is True
        assert one.inputs["comment"] == "vps-reverse-proxy vps-reverse-proxy/dev"
        assert one.urn.split("::")[2].startswith("vps-reverse-proxy:index:Edge$")


def test_a_vps_without_ipv6_gets_no_record_for_it() -> None:
    assert {one.inputs["type"] for one in made(None).named("DnsRecord")} == {"A"}


def test_a_service_renamed_under_its_hostname_keeps_its_records() -> None:
    assert {one.name for one in made(None).named("DnsRecord")} == {
        "edge-asr.gonova.one-a",
        "edge-tts.gonova.one-a",
    }


def test_the_ssl_mode_is_set_for_the_stacks_names_and_no_other() -> None:
    recorder = made()
    ruleset = recorder["edge-ssl-mode"].inputs
    (rule,) = ruleset["rules"]

    assert (ruleset["kind"], ruleset["phase"]) == ("zone", PHASE)
    assert ruleset["name"] == ruleset_name(STACK)
    assert rule["expression"] == '(http.host in {"asr.gonova.one" "tts.gonova.one"})'
    assert rule["action"] == "set_config"
    assert rule["actionParameters"] == {"ssl": "flexible"}
    assert rule["enabled"] is True
    assert recorder.named("ZoneSetting") == []
