"""The records and the SSL mode of each way to answer."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.edge import Edge, EdgeArgs, Zone
from components.modes import MODES
from settings import EdgeSettings
from settings.sections import DIRECT_MODES
from tests.unit.components.engine import Recorder, deploy
from tests.unit.components.samples import STACK, settings

PROXIED = sorted({*MODES} - DIRECT_MODES)


def edge(mode: str, address6: str | None = "2001:db8:100:1::1", **fields: Any) -> Recorder:
    section = EdgeSettings.model_validate({"mode": mode, **fields})
    args = EdgeArgs(
        edge=section,
        zone=Zone(zone_id="0" * 32, edge_ranges=()),
        stack=STACK,
        services=settings().services,
        address="203.0.113.16",
        address6=address6,
    )

    def program() -> None:
        pulumi.export("dnsRecords", Edge("edge", args).dns_records)

    return deploy(program)


def test_the_settings_know_which_modes_are_direct() -> None:
    assert {mode for mode, meaning in MODES.items() if not meaning.proxied} == DIRECT_MODES


@pytest.mark.parametrize("mode", PROXIED)
def test_behind_cloudflare_the_records_are_orange_and_the_mode_is_set(mode: str) -> None:
    recorder = edge(mode)
    records = recorder.named("DnsRecord")

    assert {(record.inputs["proxied"], record.inputs["ttl"]) for record in records} == {(True, 1)}
    rule = recorder["edge-ssl-mode"]
    assert rule.inputs["ssl"] == mode
    assert rule.inputs["expression"] == '(http.host in {"asr.gonova.one" "tts.gonova.one"})'


@pytest.mark.parametrize("mode", sorted(DIRECT_MODES))
def test_without_cloudflare_between_records_are_grey_and_there_is_no_rule(mode: str) -> None:
    recorder = edge(mode)
    records = recorder.named("DnsRecord")

    assert {(record.inputs["proxied"], record.inputs["ttl"]) for record in records} == {(False, 60)}
    assert not recorder.named("SslRule")
    assert not recorder.named("ZoneSsl")


def test_every_name_gets_its_records_marked_as_the_stacks_and_named_by_the_hostname() -> None:
    records = edge("flexible").named("DnsRecord")

    assert {one.name: one.inputs["content"] for one in records} == {
        "edge-asr.gonova.one-a": "203.0.113.16",
        "edge-asr.gonova.one-aaaa": "2001:db8:100:1::1",
        "edge-tts.gonova.one-a": "203.0.113.16",
        "edge-tts.gonova.one-aaaa": "2001:db8:100:1::1",
    }
    for one in records:
        assert one.inputs["comment"] == "vps-reverse-proxy vps-reverse-proxy/dev"
        assert one.urn.split("::")[2].startswith("vps-reverse-proxy:index:Edge$")


def test_a_vps_without_ipv6_gets_no_aaaa() -> None:
    records = edge("flexible", address6=None).named("DnsRecord")

    assert {record.inputs["type"] for record in records} == {"A"}


def test_records_come_after_the_ssl_mode() -> None:
    recorder = edge("strict")
    for record in recorder.named("DnsRecord"):
        assert recorder["edge-ssl-mode"].urn in record.options.dependencies


def test_the_rule_takes_the_place_of_the_rule_set_of_version_0_1() -> None:
    (alias,) = edge("flexible")["edge-ssl-mode"].options.aliases

    assert alias.spec.type == "cloudflare:index/ruleset:Ruleset"


def test_with_the_scope_zone_the_zones_own_mode_is_set_and_no_rule() -> None:
    recorder = edge("strict", ssl_scope="zone")

    assert recorder["edge-zone-ssl-mode"].inputs["ssl"] == "strict"
    assert recorder["edge-zone-ssl-mode"].inputs["owner"] == STACK.owner
    assert not recorder.named("SslRule")


def test_dns_by_hand_makes_nothing_and_says_exactly_what_to_make(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", told.append)
    recorder = edge("direct", dns="manual")

    assert not recorder.named("DnsRecord")
    assert {"name": "asr.gonova.one", "type": "A", "content": "203.0.113.16", "ttl": 60} in (
        recorder.outputs["dnsRecords"]
    )
    assert len(recorder.outputs["dnsRecords"]) == 4
    for line in (
        "asr.gonova.one. 60 IN A 203.0.113.16",
        "tts.gonova.one. 60 IN AAAA 2001:db8:100:1::1",
    ):
        assert line in told[0]


def test_nothing_of_a_provider_or_a_token_is_in_the_resources() -> None:
    for one in edge("flexible").registered:
        assert "token" not in str(one.inputs).lower()
