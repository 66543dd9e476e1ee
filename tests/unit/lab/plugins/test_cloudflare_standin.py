"""The stand-in for the `cloudflare` plugin, speaking to the lab's API over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lab.plugins.cloudflare.certificates import OriginCaCertificate
from lab.plugins.cloudflare.client import CONFIG, Api
from lab.plugins.cloudflare.records import DnsRecord
from lab.plugins.cloudflare.rulesets import Ruleset
from lab.plugins.cloudflare.settings import ZoneSetting
from lab.plugins.cloudflare.sources import functions
from lab.plugins.cloudflare.wire import camel, from_api, snake, to_api
from lab.plugins.framework import UNKNOWN, PluginError
from tests.unit.lab.clouds.cloudflare.conftest import DNS_ONLY, TOKEN, served
from tests.unit.lab.clouds.cloudflare.conftest import Api as LabApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lab.plugins.framework import Resource, Values

PHASE = "http_config_settings"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[LabApi]:
    lab = LabApi(tmp_path / "cloudflare.json")
    with served(lab.app()) as lab.url:
        yield lab


def connected(lab: LabApi, token: str = TOKEN) -> Api:
    api = Api({"SSL_CERT_FILE": certifi.where(), "CLOUDFLARE_BASE_URL": lab.url})
    api.configure({"apiToken": token})
    return api


@pytest.fixture
def api(lab: LabApi) -> Api:
    return connected(lab)


@pytest.fixture
def ask(api: Api) -> Callable[..., Values]:
    sources = functions(api)

    def ask(source: str, **args: Any) -> Values:
        return sources[f"cloudflare:index/{source}:{source}"](args)

    return ask


@pytest.fixture
def zone_id(ask: Callable[..., Values]) -> str:
    return str(ask("getZones", name="gonova.one")["results"][0]["id"])


def checked(resource: Resource, **inputs: Any) -> Values:
    settled, failures = resource.schema.check(inputs)
    assert not [*failures, *resource.check(settled)]
    return settled


def record(zone_id: str, **fields: Any) -> Values:
    defaults = {"zoneId": zone_id, "name": "asr", "type": "A", "content": "203.0.113.16", "ttl": 1}
    return checked(DnsRecord(Api({})), **(defaults | fields))


def ruleset(zone_id: str, *rules: Values, **fields: Any) -> Values:
    defaults = {"zoneId": zone_id, "kind": "zone", "phase": PHASE, "name": "ours"}
    return checked(Ruleset(Api({})), **(defaults | {"rules": list(rules)} | fields))


def rule(ssl: str = "flexible", **fields: Any) -> Values:
    return {
        "action": "set_config",
        "expression": '(http.host in {"asr.gonova.one"})',
        "actionParameters": {"ssl": ssl},
    } | fields


def test_a_record_lives_through_create_read_update_delete(api: Api, zone_id: str) -> None:
    records = DnsRecord(api)
    inputs = record(zone_id, proxied=True, comment="ours")
    identity, outputs = records.create(inputs)
    state = {**inputs, **outputs}
    assert (state["meta"], state["proxiable"], state["tags"]) == ("{}", True, [])
    now = records.read(identity, state)
    assert now is not None
    assert (now["name"], now["comment"], now["zoneId"]) == ("asr", "ours", zone_id)
    assert not records.schema.diff({**state, **now}, inputs).names
    changed = record(zone_id, proxied=True, content="203.0.113.17")
    records.update(identity, state, changed)
    after = records.read(identity, {**state, **changed})
    assert after is not None
    assert (after["content"], after.get("comment")) == ("203.0.113.17", None)
    records.delete(identity, state)
    assert records.read(identity, state) is None


def test_a_record_is_imported_by_zone_and_record(api: Api, zone_id: str) -> None:
    records = DnsRecord(api)
    identity, _ = records.create(record(zone_id))
    imported = records.read(f"{zone_id}/{identity}", {})
    assert imported is not None
    assert (imported["name"], imported["zoneId"]) == ("asr.gonova.one", zone_id)
    with pytest.raises(PluginError, match="<zone_id>/<dns_record_id>"):
        records.read(identity, {})


def test_an_ipv6_address_of_another_form_than_the_shortest_comes_back_as_a_change(
    api: Api, zone_id: str
) -> None:
    records = DnsRecord(api)
    inputs = record(zone_id, type="AAAA", content="2001:DB8:0::1")
    identity, outputs = records.create(inputs)
    now = records.read(identity, {**inputs, **outputs})
    assert now is not None
    assert now["content"] == "2001:db8::1"
    assert [*records.schema.diff({**inputs, **outputs, **now}, inputs).names] == ["content"]


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"type": "AAAA", "content": "2001:db8::1"}, True),
        ({"zoneId": "other"}, True),
        ({"name": "tts"}, False),
        ({"proxied": True}, False),
    ],
)
def test_type_and_zone_of_a_record_make_a_new_one(change: Values, *, replaces: bool) -> None:
    names = DnsRecord.schema.diff(record("zone"), record("zone", **change)).names
    assert any(names.values()) is replaces


def test_a_word_for_a_boolean_is_refused_and_an_unknown_property_dropped() -> None:
    given = {"zoneId": "z", "name": "a", "type": "A", "ttl": 1, "proxeid": True, "proxied": "true"}
    settled, failures = DnsRecord.schema.check(given)
    assert [failure.path for failure in failures] == ["proxied"]
    assert "proxeid" not in settled


def test_a_ruleset_lives_through_create_read_update_delete(api: Api, zone_id: str) -> None:
    rulesets = Ruleset(api)
    inputs = ruleset(zone_id, rule())
    identity, outputs = rulesets.create(inputs)
    state = {**inputs, **outputs}
    (kept,) = state["rules"]
    assert kept["ref"] == kept["id"]
    now = rulesets.read(identity, state)
    assert now is not None
    assert not rulesets.schema.diff({**state, **now}, inputs).names
    changed = ruleset(zone_id, rule("strict"))
    assert rulesets.schema.diff(state, changed).names == {"rules": False}
    after = rulesets.update(identity, state, changed)
    assert after["rules"][0]["actionParameters"] == {"ssl": "strict"}
    assert after["version"] == "2"
    rulesets.delete(identity, {**state, **after})
    assert rulesets.read(identity, state) is None


def test_a_rule_that_says_the_same_stays_the_same_rule(api: Api, zone_id: str) -> None:
    rulesets = Ruleset(api)
    inputs = ruleset(zone_id, rule())
    identity, outputs = rulesets.create(inputs)
    state = {**inputs, **outputs}
    more = ruleset(zone_id, rule("full", expression="true"), rule())
    after = rulesets.update(identity, state, more)["rules"]
    assert after[1]["id"] == state["rules"][0]["id"] != after[0]["id"]


def test_a_second_entry_point_is_refused_in_cloudflares_words(api: Api, zone_id: str) -> None:
    Ruleset(api).create(ruleset(zone_id, rule()))
    with pytest.raises(PluginError, match=r"400 Bad Request .*20217.*exceeded maximum number"):
        Ruleset(api).create(ruleset(zone_id, name="another"))


def test_a_ruleset_belongs_to_a_zone_or_an_account() -> None:
    settled, failures = Ruleset.schema.check({"kind": "zone", "phase": PHASE, "name": "ours"})
    assert not failures
    assert Ruleset(Api({})).check(settled)


def test_a_ruleset_is_imported_by_its_path(api: Api, zone_id: str) -> None:
    rulesets = Ruleset(api)
    identity, _ = rulesets.create(ruleset(zone_id, rule()))
    imported = rulesets.read(f"zones/{zone_id}/{identity}", {})
    assert imported is not None
    assert (imported["name"], imported["zoneId"]) == ("ours", zone_id)


def test_deleting_a_setting_leaves_the_zone_as_it_is(api: Api, zone_id: str) -> None:
    settings = ZoneSetting(api)
    inputs = checked(settings, zoneId=zone_id, settingId="ssl", value="flexible")
    identity, outputs = settings.create(inputs)
    assert outputs["editable"] is True
    settings.delete(identity, {**inputs, **outputs})
    now = settings.read(identity, inputs)
    assert now is not None
    assert now["value"] == "flexible"


def test_the_data_sources_tell_what_there_is(
    api: Api, ask: Callable[..., Values], zone_id: str
) -> None:
    DnsRecord(api).create(record(zone_id))
    Ruleset(api).create(ruleset(zone_id, rule()))
    by_name = ask("getZone", filter={"name": "gonova.one", "match": "all"})
    assert (by_name["id"], ask("getZone", zoneId=zone_id)["name"]) == (zone_id, "gonova.one")
    found = ask("getDnsRecords", zoneId=zone_id, name={"exact": "asr.gonova.one"})["results"]
    assert [(one["name"], one["content"]) for one in found] == [("asr.gonova.one", "203.0.113.16")]
    assert not ask("getDnsRecords", zoneId=zone_id, name={"exact": "a"})["results"]
    listed = ask("getRulesets", zoneId=zone_id)
    (one,) = listed["rulesets"]
    assert listed["results"] == [one]
    whole = ask("getRuleset", zoneId=zone_id, rulesetId=one["id"])
    assert whole["rules"][0]["actionParameters"] == {"ssl": "flexible"}
    ranges = ask("getIpRanges")
    assert ranges["ipv4Cidrs"] == ["198.51.100.0/26"]


def test_a_zone_that_is_not_there_is_an_empty_list_or_an_error(ask: Callable[..., Values]) -> None:
    assert ask("getZones", name="nowhere.test")["results"] == []
    with pytest.raises(PluginError, match="found 0 zones"):
        ask("getZone", filter={"name": "nowhere.test", "match": "all"})


def test_a_refused_token_is_told_without_showing_it(lab: LabApi, zone_id: str) -> None:
    with pytest.raises(PluginError, match=r"403 Forbidden .*9109") as error:
        connected(lab, "y" * 40).get("/zones")
    assert "yyyy" not in str(error.value)
    with pytest.raises(PluginError, match=r"403 Forbidden .*10000"):
        connected(lab, DNS_ONLY).get(f"/zones/{zone_id}/rulesets")


def test_a_token_of_the_wrong_form_is_refused_before_any_call() -> None:
    _, failures = CONFIG.check({"apiToken": "short"})
    assert [failure.path for failure in failures] == ["apiToken"]
    with pytest.raises(PluginError, match="40 to 80 characters"):
        Api({"CLOUDFLARE_API_TOKEN": "short"}).configure({})


def test_no_credentials_at_all_say_what_to_set() -> None:
    with pytest.raises(PluginError, match="pulumi config set --secret cloudflare:apiToken"):
        Api({}).configure({})


def test_credentials_that_a_preview_does_not_know_yet_are_waited_for() -> None:
    api = Api({})
    api.configure({"apiToken": UNKNOWN})
    with pytest.raises(PluginError, match="not known yet"):
        api.get("/zones")


def test_an_api_that_does_not_answer_is_named() -> None:
    api = Api(
        {"SSL_CERT_FILE": certifi.where(), "CLOUDFLARE_BASE_URL": "http://127.0.0.1:1/client/v4"}
    )
    api.configure({"apiToken": "y" * 40})
    with pytest.raises(PluginError, match=r'GET "http://127.0.0.1:1/client/v4/zones": .*refused'):
        api.get("/zones")


@pytest.mark.parametrize("name", ["automatic_https_rewrites", "ipv4_cidrs", "ssl", "s_maxage"])
def test_names_survive_both_ways(name: str) -> None:
    assert snake(camel(name)) == name


def test_header_names_stay_the_users_own() -> None:
    headers = {"headers": {"X-My_Header": {"operation": "set"}}}
    assert to_api(headers) == from_api(headers) == headers


def certificate(**fields: Any) -> Values:
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    csr = request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    names = ["asr.gonova.one"]
    defaults = {"csr": csr, "hostnames": names, "requestType": "origin-ecc"}
    return checked(OriginCaCertificate(Api({})), **(defaults | fields))


def test_a_certificate_lives_through_create_read_delete(api: Api) -> None:
    certificates = OriginCaCertificate(api)
    inputs = certificate(requestedValidity=365)
    identity, outputs = certificates.create(inputs)
    assert "BEGIN CERTIFICATE" in outputs["certificate"]
    assert outputs["expiresOn"].endswith("+0000 UTC")

    now = certificates.read(identity, {**inputs, **outputs})
    assert now is not None
    assert not certificates.schema.diff({**inputs, **outputs, **now}, inputs).names
    certificates.delete(identity, inputs)
    assert certificates.read(identity, inputs) is None


@pytest.mark.parametrize(
    "change", [{"hostnames": ["tts.gonova.one"]}, {"csr": "other"}, {"requestedValidity": 90}]
)
def test_every_change_of_a_certificate_makes_a_new_one(change: Values) -> None:
    inputs = certificate(requestedValidity=365)
    difference = OriginCaCertificate.schema.diff(inputs, {**inputs, **change})

    assert list(difference.names.values()) == [True]


def test_a_validity_that_the_origin_ca_does_not_know_is_refused_by_the_plugin() -> None:
    _, failures = OriginCaCertificate.schema.check({**certificate(), "requestedValidity": 397})

    assert failures
