"""The SSL mode of a whole zone: set, put back, and owned by one stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from components.cloudflare.api import CloudflareError
from components.cloudflare.zone_claim import CLAIM_REF
from components.cloudflare.zone_ssl import AUTOMATIC, ZoneSslProvider
from lab.clouds.cloudflare.settings import SETTINGS

if TYPE_CHECKING:
    from tests.unit.components.cloudflare.conftest import Cloud


def props(
    cloud: Cloud, owner: str = "vps-reverse-proxy/dev", ssl: str = "strict"
) -> dict[str, Any]:
    return {"zone_id": cloud.zone_id(), "zone": "gonova.one", "owner": owner, "ssl": ssl}


@pytest.fixture
def provider(cloud: Cloud) -> ZoneSslProvider:
    provider = ZoneSslProvider()
    provider.api = cloud.client()
    return provider


def test_destroy_puts_the_old_mode_back(cloud: Cloud, provider: ZoneSslProvider) -> None:
    made = provider.create(props(cloud))
    assert cloud.ssl() == "strict"

    provider.delete(made.id, made.outs or {})
    assert cloud.ssl() == "full"
    assert cloud.rule_sets() == []


def automatic(cloud: Cloud) -> str:
    path = f"/zones/{cloud.zone_id()}/settings/{AUTOMATIC}"
    return str(cloud.client().get(path)["value"])


def test_cloudflare_chooses_the_mode_itself_before_and_after_but_not_meanwhile(
    cloud: Cloud, provider: ZoneSslProvider
) -> None:
    assert automatic(cloud) == "auto"
    provider.create(props(cloud))  # and its answer never reached the state
    made = provider.create(props(cloud))
    assert automatic(cloud) == "custom"
    changed = provider.update(made.id, made.outs or {}, props(cloud, ssl="flexible"))
    assert automatic(cloud) == "custom"

    provider.delete(made.id, changed.outs or {})
    assert automatic(cloud) == "auto"


def test_a_destroy_that_ended_half_way_gives_the_choice_back_the_next_time(
    cloud: Cloud, provider: ZoneSslProvider
) -> None:
    made = provider.create(props(cloud))
    somebody_sets(cloud, "full")  # as the first half of a destroy does

    provider.delete(made.id, made.outs or {})
    assert (cloud.ssl(), automatic(cloud)) == ("full", "auto")


def test_a_mode_that_somebody_chose_meanwhile_is_not_given_to_cloudflare_to_choose(
    cloud: Cloud, provider: ZoneSslProvider
) -> None:
    made = provider.create(props(cloud))
    somebody_sets(cloud, "off")

    provider.delete(made.id, made.outs or {})
    assert (cloud.ssl(), automatic(cloud)) == ("off", "custom")


def test_a_zone_whose_mode_somebody_chose_stays_so(cloud: Cloud, provider: ZoneSslProvider) -> None:
    path = f"/zones/{cloud.zone_id()}/settings/{AUTOMATIC}"
    cloud.client().call("PATCH", path, body={"value": "custom"})

    made = provider.create(props(cloud))
    provider.delete(made.id, made.outs or {})
    assert automatic(cloud) == "custom"


def test_a_zone_without_that_setting_is_set_all_the_same(
    cloud: Cloud, provider: ZoneSslProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(SETTINGS, AUTOMATIC)

    provider.create(props(cloud))
    assert cloud.ssl() == "strict"


def test_another_mode_keeps_what_was_before_us(cloud: Cloud, provider: ZoneSslProvider) -> None:
    made = provider.create(props(cloud))
    changed = provider.update(made.id, made.outs or {}, props(cloud, ssl="flexible"))
    assert cloud.ssl() == "flexible"

    provider.delete(made.id, changed.outs or {})
    assert cloud.ssl() == "full"


def test_a_run_that_was_cut_short_does_not_take_our_mode_for_the_old_one(
    cloud: Cloud, provider: ZoneSslProvider
) -> None:
    provider.create(props(cloud))  # and its answer never reached the state
    made = provider.create(props(cloud))

    assert (made.outs or {})["before"] == "full"


def test_a_second_stack_is_refused_and_changes_nothing(
    cloud: Cloud, provider: ZoneSslProvider
) -> None:
    provider.create(props(cloud))
    with pytest.raises(CloudflareError, match="already set by the stack vps-reverse-proxy/dev"):
        provider.create(props(cloud, owner="vps-reverse-proxy/prod", ssl="flexible"))

    assert cloud.ssl() == "strict"


def test_the_destroy_of_a_refused_stack_leaves_the_owners_claim(
    cloud: Cloud, provider: ZoneSslProvider
) -> None:
    provider.create(props(cloud))
    provider.delete(
        "", {**props(cloud, owner="vps-reverse-proxy/prod", ssl="off"), "before": "off"}
    )

    assert [rule["ref"] for rule in cloud.rules()] == [CLAIM_REF]
    assert cloud.ssl() == "strict"


def somebody_sets(cloud: Cloud, mode: str) -> None:
    """As an administrator does in the dashboard."""
    path = f"/zones/{cloud.zone_id()}/settings/ssl"
    cloud.client().call("PATCH", path, body={"value": mode})


def test_a_mode_that_somebody_set_since_is_left_alone(
    cloud: Cloud, provider: ZoneSslProvider
) -> None:
    made = provider.create(props(cloud))
    somebody_sets(cloud, "off")

    provider.delete(made.id, made.outs or {})
    assert cloud.ssl() == "off"


def test_a_refresh_does_not_make_another_ones_mode_ours_to_take_away(
    cloud: Cloud, provider: ZoneSslProvider
) -> None:
    made = provider.create(props(cloud))
    somebody_sets(cloud, "off")
    refreshed = provider.read(made.id, made.outs or {}).outs or {}

    provider.delete(made.id, refreshed)
    assert cloud.ssl() == "off"


def test_a_mode_that_a_refresh_has_seen_is_put_back_by_the_next_run(
    cloud: Cloud, provider: ZoneSslProvider
) -> None:
    made = provider.create(props(cloud))
    somebody_sets(cloud, "off")
    refreshed = provider.read(made.id, made.outs or {}).outs or {}

    assert provider.diff(made.id, refreshed, props(cloud)).changes
    # Another mode than ours, which somebody has set already: the claim must still say it.
    assert provider.diff(made.id, refreshed, props(cloud, ssl="off")).changes
    updated = provider.update(made.id, refreshed, props(cloud)).outs or {}
    assert cloud.ssl() == "strict"
    assert not provider.diff(made.id, updated, props(cloud)).changes


def test_a_state_that_does_not_tell_ours_from_what_was_seen_asks_for_no_change(
    cloud: Cloud, provider: ZoneSslProvider
) -> None:
    outs = {**(provider.create(props(cloud)).outs or {})}
    del outs["live"]

    assert not provider.diff("", outs, props(cloud)).changes
    assert provider.diff("", {**outs, "ssl": "off"}, props(cloud)).changes


def test_drift_of_the_mode_and_of_the_claim_are_both_seen(
    cloud: Cloud, provider: ZoneSslProvider
) -> None:
    made = provider.create(props(cloud))
    outs = made.outs or {}
    assert not provider.diff(made.id, outs, props(cloud)).changes

    somebody_sets(cloud, "off")
    assert provider.diff(made.id, provider.read(made.id, outs).outs or {}, props(cloud)).changes

    somebody_sets(cloud, "strict")
    sets = f"/zones/{cloud.zone_id()}/rulesets"
    cloud.client().call("DELETE", f"{sets}/{cloud.client().get(sets)[0]['id']}")
    seen = provider.read(made.id, outs).outs or {}
    assert provider.diff(made.id, seen, props(cloud)).changes

    provider.update(made.id, seen, props(cloud))
    assert [rule["ref"] for rule in cloud.rules()] == [CLAIM_REF]


def test_the_claim_changes_nothing_for_visitors(cloud: Cloud, provider: ZoneSslProvider) -> None:
    provider.create(props(cloud))

    assert [rule["enabled"] for rule in cloud.rules()] == [False]
