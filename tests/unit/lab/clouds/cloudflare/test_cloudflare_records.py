"""DNS records, through the official client."""

from __future__ import annotations

from typing import Any

import cloudflare
import httpx
import pytest

from tests.unit.lab.clouds.cloudflare.conftest import TOKEN, Api, codes, served


def add(client: Any, zone_id: str, **fields: Any) -> Any:
    defaults = {"name": "asr", "type": "A", "content": "203.0.113.16", "ttl": 1}
    return client.dns.records.create(zone_id=zone_id, **(defaults | fields))


def test_a_record_is_kept_under_its_full_name(client: Any, zone_id: str) -> None:
    made = add(client, zone_id, proxied=True, comment="ours")
    read = client.dns.records.get(made.id, zone_id=zone_id)
    assert read is not None
    assert (read.name, read.type, read.content) == ("asr.gonova.one", "A", "203.0.113.16")
    assert (read.ttl, read.proxied, read.comment) == (1, True, "ours")
    assert read.proxiable


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("asr", "asr.gonova.one"),
        ("ASR.Gonova.One", "asr.gonova.one"),
        ("asr.gonova.one.", "asr.gonova.one"),
        ("@", "gonova.one"),
        ("gonova.one", "gonova.one"),
        ("*", "*.gonova.one"),
        ("www.example.org", "www.example.org.gonova.one"),
    ],
)
def test_names_are_made_whole(client: Any, zone_id: str, given: str, kept: str) -> None:
    assert add(client, zone_id, name=given).name == kept


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"content": "203.0.113.300"}, 9005),
        ({"content": "2001:db8::1"}, 9005),
        ({"type": "AAAA", "content": "203.0.113.1"}, 9006),
        ({"type": "CNAME", "content": "not a name"}, 9007),
        ({"ttl": 59}, 9021),
        ({"ttl": 86401}, 9021),
        ({"name": "-bad-"}, 9000),
        ({"name": "www.example.org."}, 9000),
        ({"type": "TXT", "content": "x", "proxied": True}, 9004),
        ({"comment": "x" * 101}, 1004),
        ({"type": "BOGUS"}, 1004),
        ({"tags": ["a:b"]}, 9300),
        ({"content": "10.0.0.1", "proxied": True}, 9003),
    ],
)
def test_a_wrong_record_is_refused_with_cloudflares_number(
    client: Any, zone_id: str, fields: dict[str, Any], code: int
) -> None:
    with pytest.raises(cloudflare.BadRequestError) as error:
        add(client, zone_id, **fields)
    assert codes(error.value) == [code]
    assert not list(client.dns.records.list(zone_id=zone_id))


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({}, 81058),
        ({"ttl": 60}, 81058),
        ({"type": "CNAME", "content": "example.com"}, 81053),
    ],
)
def test_records_that_cannot_stand_together_are_refused(
    client: Any, zone_id: str, second: dict[str, Any], code: int
) -> None:
    add(client, zone_id)
    with pytest.raises(cloudflare.BadRequestError) as error:
        add(client, zone_id, **second)
    assert codes(error.value) == [code]


def test_an_address_beside_a_cname_is_refused(client: Any, zone_id: str) -> None:
    add(client, zone_id, type="CNAME", content="example.com")
    with pytest.raises(cloudflare.BadRequestError) as error:
        add(client, zone_id)
    assert codes(error.value) == [81054]


def test_one_name_may_have_several_addresses(client: Any, zone_id: str) -> None:
    for content in ("203.0.113.16", "203.0.113.17"):
        add(client, zone_id, content=content)
    add(client, zone_id, type="AAAA", content="2001:DB8::1")
    found = client.dns.records.list(zone_id=zone_id, name={"exact": "asr.gonova.one"})
    assert [r.content for r in found] == ["203.0.113.16", "203.0.113.17", "2001:db8::1"]


def test_a_proxied_record_has_an_automatic_ttl(client: Any, zone_id: str) -> None:
    assert add(client, zone_id, ttl=300, proxied=True).ttl == 1


def test_edit_keeps_what_is_not_named_and_overwrite_does_not(client: Any, zone_id: str) -> None:
    made = add(client, zone_id, comment="keep", proxied=True)
    edited = client.dns.records.edit(
        made.id, zone_id=zone_id, name="asr", type="A", ttl=1, content="203.0.113.99"
    )
    assert edited is not None
    assert (edited.comment, edited.proxied) == ("keep", True)
    written = client.dns.records.update(
        made.id, zone_id=zone_id, name="asr", type="A", ttl=120, content="203.0.113.98"
    )
    assert written is not None
    assert (written.comment, written.proxied, written.ttl) == (None, False, 120)
    assert written.created_on == made.created_on


def test_filters_find_records(client: Any, zone_id: str) -> None:
    add(client, zone_id, comment="ours by stack dev")
    add(client, zone_id, name="tts", type="TXT", content="hello")
    records = client.dns.records
    by: list[dict[str, Any]] = [
        {"name": {"startswith": "asr"}},
        {"type": "A"},
        {"content": {"exact": "203.0.113.16"}},
        {"comment": {"contains": "STACK"}},
        {"comment": {"present": "true"}},
        {"search": "203.0"},
    ]
    for filters in by:
        assert [r.name for r in records.list(zone_id=zone_id, **filters)] == ["asr.gonova.one"]
    either = records.list(zone_id=zone_id, type="A", name={"startswith": "tts"}, match="any")
    assert len(either.result) == 2


def test_a_deleted_record_is_gone(client: Any, zone_id: str) -> None:
    made = add(client, zone_id)
    client.dns.records.delete(made.id, zone_id=zone_id)
    for call in (client.dns.records.get, client.dns.records.delete):
        with pytest.raises(cloudflare.NotFoundError) as error:
            call(made.id, zone_id=zone_id)
        assert codes(error.value) == [81044]


def test_records_survive_a_restart(api: Api, client: Any, zone_id: str) -> None:
    made = add(client, zone_id)
    with served(api.app()) as api.url:
        assert api.client().dns.records.get(made.id, zone_id=zone_id) == made


def test_every_change_is_published_at_once(api: Api, client: Any, zone_id: str) -> None:
    assert not api.states[-1].zones[0].records
    add(client, zone_id, proxied=True)
    published = [(r.name, r.proxied, r.ttl) for r in api.states[-1].zones[0].records]
    assert published == [("asr.gonova.one", True, 300)]


def test_a_body_that_is_not_json_is_a_bad_request(api: Api, zone_id: str) -> None:
    answer = httpx.post(
        f"{api.url}/zones/{zone_id}/dns_records",
        headers={"authorization": f"Bearer {TOKEN}"},
        content=b"{",
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == 6007
