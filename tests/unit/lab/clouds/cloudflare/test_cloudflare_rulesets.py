"""Rulesets and settings, through the official client."""

from __future__ import annotations

from typing import Any

import cloudflare
import httpx
import pytest

from tests.unit.lab.clouds.cloudflare.conftest import TOKEN, Api, codes, served, typed

PHASE = "http_config_settings"
HOSTS = '(http.host in {"asr.gonova.one" "tts.gonova.one"})'


def rule(**fields: Any) -> dict[str, Any]:
    return {
        "action": "set_config",
        "action_parameters": {"ssl": "flexible"},
        "expression": HOSTS,
        "ref": "ours",
    } | fields


def create(client: Any, zone_id: str, *rules: dict[str, Any], **fields: Any) -> Any:
    wanted: dict[str, Any] = {"kind": "zone", "phase": PHASE, "name": "ours"} | fields
    answer = client.rulesets.create(zone_id=zone_id, rules=list(rules), **wanted)
    return answer and typed(answer)


def test_a_ruleset_is_kept_with_its_rules(client: Any, zone_id: str) -> None:
    made = create(client, zone_id, rule())
    assert (made.version, made.rules[0].version, made.rules[0].ref) == ("1", "1", "ours")
    assert made.rules[0].enabled
    read = client.rulesets.get(made.id, zone_id=zone_id)
    assert (read.id, read.rules[0].action_parameters.ssl) == (made.id, "flexible")
    assert client.rulesets.phases.get(PHASE, zone_id=zone_id).id == made.id
    (listed,) = client.rulesets.list(zone_id=zone_id)
    assert listed.id == made.id
    assert not hasattr(listed, "rules")


def test_a_phase_has_one_entry_point(client: Any, zone_id: str) -> None:
    create(client, zone_id, rule())
    with pytest.raises(cloudflare.BadRequestError, match="exceeded maximum number") as error:
        create(client, zone_id)
    assert codes(error.value) == [20217]


def test_a_dry_run_validates_and_changes_nothing(client: Any, zone_id: str) -> None:
    assert create(client, zone_id, rule(), dry_run=True) is None
    with pytest.raises(cloudflare.BadRequestError):
        create(client, zone_id, rule(expression="("), dry_run=True)
    assert not list(client.rulesets.list(zone_id=zone_id))


def test_a_phase_without_rules_has_no_entry_point(client: Any, zone_id: str) -> None:
    with pytest.raises(cloudflare.NotFoundError) as error:
        client.rulesets.phases.get(PHASE, zone_id=zone_id)
    assert codes(error.value) == [10003]


def test_writing_an_entry_point_makes_it(client: Any, zone_id: str) -> None:
    made = typed(client.rulesets.phases.update(PHASE, zone_id=zone_id, rules=[rule()]))
    assert (made.kind, made.phase, made.version) == ("zone", PHASE, "1")


def test_an_update_counts_versions_and_keeps_known_rules(client: Any, zone_id: str) -> None:
    made = create(client, zone_id, rule(), rule(ref="other", expression="true"))
    wanted: list[Any] = [
        rule(action_parameters={"ssl": "strict"}),
        rule(ref="other", expression="true"),
    ]
    after = typed(client.rulesets.update(made.id, zone_id=zone_id, rules=wanted))
    assert after.version == "2"
    assert [r.id for r in after.rules] == [r.id for r in made.rules]
    assert [r.version for r in after.rules] == ["2", "1"]
    assert after.name == "ours"
    old: Any = client.rulesets.versions.get("1", ruleset_id=made.id, zone_id=zone_id)
    assert old.rules[0].action_parameters.ssl == "flexible"
    assert [v.version for v in client.rulesets.versions.list(made.id, zone_id=zone_id)] == [
        "1",
        "2",
    ]


def test_single_rules_come_and_go(client: Any, zone_id: str) -> None:
    made = create(client, zone_id, rule())
    rules = client.rulesets.rules
    more = typed(
        rules.create(made.id, zone_id=zone_id, **rule(ref="second"), position={"before": ""})
    )
    assert [r.ref for r in more.rules] == ["second", "ours"]
    edited = typed(
        rules.edit(
            more.rules[0].id,
            ruleset_id=made.id,
            zone_id=zone_id,
            **rule(ref="second", enabled=False),
        )
    )
    assert [r.enabled for r in edited.rules] == [False, True]
    less = typed(rules.delete(more.rules[0].id, ruleset_id=made.id, zone_id=zone_id))
    assert [r.ref for r in less.rules] == ["ours"]
    assert less.version == "4"


def test_a_rule_edit_replaces_the_rule(client: Any, zone_id: str) -> None:
    made = create(client, zone_id, rule())
    with pytest.raises(cloudflare.BadRequestError) as error:
        client.rulesets.rules.edit(
            made.rules[0].id, ruleset_id=made.id, zone_id=zone_id, action="set_config"
        )
    assert codes(error.value) == [20125]


def test_a_deleted_ruleset_is_gone(api: Api, client: Any, zone_id: str) -> None:
    made = create(client, zone_id, rule())
    url = f"{api.url}/zones/{zone_id}/rulesets/{made.id}"
    answer = httpx.delete(url, headers={"authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.content) == (204, b"")
    with pytest.raises(cloudflare.NotFoundError):
        client.rulesets.get(made.id, zone_id=zone_id)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"action": "block"}, 20016),
        ({"action_parameters": {}}, 20113),
        ({"action_parameters": {"ssl": "ful"}}, 20115),
        ({"action_parameters": {"sll": "full"}}, 20114),
        ({"expression": ""}, 20125),
        ({"expression": "(http.host eq asr)"}, 20127),
        ({"ref": "not a ref"}, 20123),
    ],
)
def test_a_wrong_rule_is_refused(
    client: Any, zone_id: str, wrong: dict[str, Any], code: int
) -> None:
    with pytest.raises(cloudflare.BadRequestError) as error:
        create(client, zone_id, rule(**wrong))
    assert codes(error.value) == [code]


def test_a_ref_is_used_once(client: Any, zone_id: str) -> None:
    with pytest.raises(cloudflare.BadRequestError, match="used twice"):
        create(client, zone_id, rule(), rule())


def test_firewall_and_rate_limit_phases_take_their_rules(client: Any, zone_id: str) -> None:
    block: dict[str, Any] = {"action": "block", "expression": "(ip.src eq 192.0.2.9)"}
    create(client, zone_id, block, phase="http_request_firewall_custom")
    limit = {"characteristics": ["cf.colo.id", "ip.src"], "period": 10, "requests_per_period": 5}
    create(client, zone_id, block | {"ratelimit": limit}, phase="http_ratelimit")
    assert len(client.rulesets.list(zone_id=zone_id).result) == 2


def test_the_edge_sees_the_ssl_mode_of_the_hosts_that_a_rule_names(
    api: Api, client: Any, zone_id: str
) -> None:
    create(client, zone_id, rule())
    zone = api.states[-1].zone_of("asr.gonova.one")
    assert zone is not None
    assert zone.ssl_mode("asr.gonova.one") == "flexible"
    assert zone.ssl_mode("www.gonova.one") == "full"


def test_a_setting_is_read_changed_and_kept(api: Api, client: Any, zone_id: str) -> None:
    settings = client.zones.settings
    before: Any = settings.get("ssl", zone_id=zone_id)
    assert (before.value, before.editable) == ("full", True)
    after: Any = settings.edit("ssl", zone_id=zone_id, value="strict")
    assert after.value == "strict"
    assert api.states[-1].zones[0].ssl == "strict"
    with served(api.app()) as api.url:
        again: Any = api.client().zones.settings.get("ssl", zone_id=zone_id)
        assert again.value == "strict"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ssl", "ful", 1007),
        ("always_use_https", True, 1007),
        ("min_tls_version", "1.4", 1007),
        ("proxy_read_timeout", "200", 1015),
        ("no_such_setting", "on", 1003),
    ],
)
def test_a_wrong_setting_is_refused(
    client: Any, zone_id: str, name: str, value: Any, code: int
) -> None:
    with pytest.raises(cloudflare.BadRequestError) as error:
        client.zones.settings.edit(name, zone_id=zone_id, value=value)
    assert codes(error.value) == [code]


def test_all_settings_are_listed(api: Api, zone_id: str) -> None:
    url = f"{api.url}/zones/{zone_id}/settings"
    result = httpx.get(url, headers={"authorization": f"Bearer {TOKEN}"}).json()["result"]
    assert {"ssl", "websockets", "http2", "ipv6"} <= {setting["id"] for setting in result}
