"""Our rule beside those of others, through all that can happen to it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import dill  # type: ignore[import-untyped] # it has no types
import pytest
from pulumi.dynamic.dynamic import serialize_provider

from components.cloudflare.api import CloudflareError
from components.cloudflare.ssl_rule import SslRuleProvider
from tests.unit.lab.clouds.cloudflare.conftest import DNS_ONLY

if TYPE_CHECKING:
    from tests.unit.components.cloudflare.conftest import Cloud

FOREIGN = {
    "action": "set_config",
    "action_parameters": {"rocket_loader": True},
    "expression": '(http.host eq "x.gonova.one")',
    "ref": "foreign",
}


def props(cloud: Cloud, **fields: Any) -> dict[str, Any]:
    defaults = {
        "zone_id": cloud.zone_id(),
        "ref": "vps_reverse_proxy_dev_ssl",
        "expression": '(http.host in {"asr.gonova.one"})',
        "ssl": "flexible",
        "enabled": True,
        "description": "SSL mode of vps-reverse-proxy/dev",
    }
    return {**defaults, **fields}


@pytest.fixture
def provider(cloud: Cloud) -> SslRuleProvider:
    provider = SslRuleProvider()
    provider.api = cloud.client()
    return provider


def add_foreign(cloud: Cloud, name: str = "default") -> None:
    body = {
        "name": name,
        "kind": "zone",
        "phase": "http_config_settings",
        "rules": [FOREIGN],
    }
    cloud.client().call("POST", f"/zones/{cloud.zone_id()}/rulesets", body=body)


def refs(cloud: Cloud) -> list[str]:
    return [rule["ref"] for rule in cloud.rules()]


def test_a_zone_without_rules_gets_a_set_that_goes_with_its_last_rule(
    cloud: Cloud, provider: SslRuleProvider
) -> None:
    made = provider.create(props(cloud))

    (rule,) = cloud.rules()
    assert rule["action_parameters"] == {"ssl": "flexible"}
    provider.delete(made.id, made.outs or {})
    assert cloud.rule_sets() == []


def test_the_rules_of_others_stay_as_they_are(cloud: Cloud, provider: SslRuleProvider) -> None:
    add_foreign(cloud)
    before = cloud.rules()
    made = provider.create(props(cloud))
    assert refs(cloud) == ["foreign", "vps_reverse_proxy_dev_ssl"]

    provider.update(made.id, made.outs or {}, props(cloud, ssl="strict"))
    provider.delete(made.id, made.outs or {})

    assert cloud.rules() == before


def test_the_set_of_somebody_else_stays_even_when_it_is_empty(
    cloud: Cloud, provider: SslRuleProvider
) -> None:
    add_foreign(cloud, name="theirs")
    theirs = props(cloud, ref="foreign")
    provider.update("", theirs, theirs)
    provider.delete("", theirs)

    assert cloud.rule_sets() == ["theirs"]


def test_two_stacks_share_the_set_and_either_may_go_first(
    cloud: Cloud, provider: SslRuleProvider
) -> None:
    provider.create(props(cloud))
    provider.create(props(cloud, ref="other"))
    provider.delete("", props(cloud))
    assert refs(cloud) == ["other"]

    provider.delete("", props(cloud, ref="other"))
    assert cloud.rule_sets() == []


def test_nothing_to_delete_is_no_error(cloud: Cloud, provider: SslRuleProvider) -> None:
    provider.delete("", props(cloud))

    assert cloud.rule_sets() == []


def test_another_mode_is_another_version_of_the_same_rule(
    cloud: Cloud, provider: SslRuleProvider
) -> None:
    provider.create(props(cloud))
    (before,) = cloud.rules()
    provider.update("", props(cloud), props(cloud, ssl="full"))

    (after,) = cloud.rules()
    assert after["id"] == before["id"]
    assert after["action_parameters"] == {"ssl": "full"}


def test_a_rule_that_a_cut_run_left_behind_is_taken_over(
    cloud: Cloud, provider: SslRuleProvider
) -> None:
    provider.create(props(cloud, ssl="off"))
    provider.create(props(cloud))

    (rule,) = cloud.rules()
    assert rule["action_parameters"] == {"ssl": "flexible"}


def test_a_rule_of_a_stack_of_the_same_name_elsewhere_is_left_alone(
    cloud: Cloud, provider: SslRuleProvider
) -> None:
    provider.create(props(cloud))
    before = cloud.rules()
    with pytest.raises(CloudflareError) as caught:
        provider.create(props(cloud, expression='(http.host in {"tts.gonova.one"})'))

    assert "it is for asr.gonova.one: a stack of this name runs elsewhere" in str(caught.value)
    assert cloud.rules() == before


def test_after_a_run_that_was_cut_short_the_rule_may_be_for_more_names(
    cloud: Cloud, provider: SslRuleProvider
) -> None:
    provider.create(props(cloud))
    more = '(http.host in {"asr.gonova.one" "tts.gonova.one"})'
    provider.create(props(cloud, expression=more))

    (rule,) = cloud.rules()
    assert rule["expression"] == more


def test_a_running_stack_renames_its_services(cloud: Cloud, provider: SslRuleProvider) -> None:
    made = provider.create(props(cloud))
    renamed = props(cloud, expression='(http.host in {"tts.gonova.one"})')
    provider.update(made.id, made.outs or {}, renamed)

    (rule,) = cloud.rules()
    assert rule["expression"] == renamed["expression"]


@pytest.mark.parametrize("others", [[], ["foreign"]], ids=["new set", "set of others"])
def test_a_write_whose_answer_was_lost_is_not_done_twice(
    cloud: Cloud, provider: SslRuleProvider, others: list[str]
) -> None:
    for _ in others:
        add_foreign(cloud)
    wanted = props(cloud)
    cloud.lose_write = True
    provider.create(wanted)
    assert refs(cloud) == [*others, "vps_reverse_proxy_dev_ssl"]

    cloud.lose_write = True
    provider.delete("", wanted)
    assert refs(cloud) == others


def test_trouble_that_does_not_end_is_an_error_and_another_try_succeeds(
    cloud: Cloud, provider: SslRuleProvider
) -> None:
    wanted = props(cloud)
    cloud.trouble = [500] * 5
    with pytest.raises(CloudflareError, match="run pulumi up again"):
        provider.create(wanted)

    provider.create(wanted)
    assert len(cloud.rules()) == 1


def test_a_change_in_the_dashboard_is_seen_by_refresh(
    cloud: Cloud, provider: SslRuleProvider
) -> None:
    wanted = props(cloud)
    provider.create(wanted)
    provider.update("", wanted, {**wanted, "ssl": "off"})  # somebody else's change
    seen = provider.read("an id", wanted)

    assert seen.id == "an id"
    assert provider.diff("", seen.outs or {}, wanted).changes


def test_a_rule_removed_in_the_dashboard_is_gone_for_refresh(
    cloud: Cloud, provider: SslRuleProvider
) -> None:
    assert provider.read("an id", props(cloud)).id == ""


def test_what_did_not_change_is_no_change(cloud: Cloud, provider: SslRuleProvider) -> None:
    made = provider.create(props(cloud))
    seen = provider.read(made.id, made.outs or {})

    assert not provider.diff(made.id, seen.outs or {}, props(cloud)).changes


def test_another_zone_or_stack_is_another_rule(cloud: Cloud, provider: SslRuleProvider) -> None:
    other = props(cloud, zone_id="f" * 32)

    assert provider.diff("", props(cloud), other).replaces == ["zone_id"]
    assert provider.diff("", props(cloud), props(cloud, ref="other")).replaces == ["ref"]


def test_the_rule_set_of_version_0_1_becomes_the_rule_without_a_gap(
    cloud: Cloud, provider: SslRuleProvider
) -> None:
    # As the published plugin made it, and as the state describes it.
    zone = cloud.zone_id()
    rule = {
        "action": "set_config",
        "action_parameters": {"ssl": "flexible"},
        "expression": '(http.host in {"asr.gonova.one"})',
        "description": "SSL mode of vps-reverse-proxy/dev",
        "ref": "vps_reverse_proxy_dev_ssl",
    }
    body = {
        "name": "vps-reverse-proxy vps-reverse-proxy/dev",
        "kind": "zone",
        "phase": "http_config_settings",
        "rules": [rule],
    }
    cloud.client().call("POST", f"/zones/{zone}/rulesets", body=body)
    (before,) = cloud.rules()
    old = {"zoneId": zone, "name": body["name"], "rules": [], "kind": "zone"}

    difference = provider.diff("an id", old, props(cloud))
    provider.update("an id", old, props(cloud))

    assert difference.changes
    assert not difference.replaces
    (after,) = cloud.rules()
    assert after["id"] == before["id"]
    provider.delete("an id", props(cloud))
    assert cloud.rule_sets() == []


def test_a_token_that_may_not_is_refused_in_clear_words(cloud: Cloud) -> None:
    provider = SslRuleProvider()
    provider.api = cloud.client(DNS_ONLY)
    with pytest.raises(CloudflareError, match="Authentication error"):
        provider.create(props(cloud))


def test_the_state_names_the_provider_and_holds_nothing_of_it() -> None:
    # Every deployed stack has this text in its state: the class must stay where it is.
    text = base64.b64decode(serialize_provider(SslRuleProvider()))

    assert b"components.cloudflare.ssl_rule" in text
    assert b"SslRuleProvider" in text
    assert len(text) < 100
    assert isinstance(dill.loads(text), SslRuleProvider)
