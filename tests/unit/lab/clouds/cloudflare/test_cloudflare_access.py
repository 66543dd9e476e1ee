"""Tokens, permissions, the request limit; zones, accounts and address ranges."""

from __future__ import annotations

from typing import Any

import cloudflare
import httpx
import pytest

from lab.clouds.cloudflare.auth import LIMIT, WINDOW
from tests.unit.lab.clouds.cloudflare.conftest import DNS_ONLY, TOKEN, Api, codes


def test_a_good_token_verifies_as_active(client: Any) -> None:
    token = client.user.tokens.verify()
    assert token is not None
    assert token.status == "active"
    assert TOKEN not in token.id


def test_an_unknown_token_is_invalid_everywhere(api: Api) -> None:
    stranger = api.client("x" * 40)
    with pytest.raises(cloudflare.AuthenticationError) as verify:
        stranger.user.tokens.verify()
    assert codes(verify.value) == [1000]
    with pytest.raises(cloudflare.PermissionDeniedError) as listing:
        stranger.zones.list()
    assert codes(listing.value) == [9109]


@pytest.mark.parametrize(
    "header", ["Bearer short", "Basic dXNlcjpwYXNz", "Bearer has spaces in it"]
)
def test_a_malformed_authorization_header_is_a_bad_request(api: Api, header: str) -> None:
    answer = httpx.get(f"{api.url}/zones", headers={"authorization": header})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["code"], error["error_chain"][0]["code"]) == (6003, 6111)


def test_no_credentials_at_all_is_a_bad_request(api: Api) -> None:
    answer = httpx.get(f"{api.url}/zones")
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert answer.json()["errors"][0]["code"] == 9106


def test_a_token_does_only_what_it_holds(api: Api, zone_id: str) -> None:
    limited = api.client(DNS_ONLY)
    limited.dns.records.create(zone_id=zone_id, name="a", type="A", content="192.0.2.1", ttl=1)
    assert limited.dns.records.list(zone_id=zone_id).result[0].name == "a.gonova.one"
    with pytest.raises(cloudflare.PermissionDeniedError) as settings:
        limited.zones.settings.get("ssl", zone_id=zone_id)
    with pytest.raises(cloudflare.PermissionDeniedError) as rulesets:
        limited.rulesets.list(zone_id=zone_id)
    assert codes(settings.value) == codes(rulesets.value) == [10000]


def test_the_1201st_request_in_five_minutes_must_wait(api: Api) -> None:
    with httpx.Client(headers={"authorization": f"Bearer {TOKEN}"}) as http:
        for _ in range(LIMIT):
            http.get(f"{api.url}/user/tokens/verify")
        refused = http.get(f"{api.url}/user/tokens/verify")
        assert refused.status_code == 429
        assert refused.json()["errors"][0]["code"] == 971
        assert int(refused.headers["retry-after"]) == WINDOW
        api.now += WINDOW
        assert http.get(f"{api.url}/user/tokens/verify").status_code == 200


def test_a_zone_is_found_by_its_name_and_read_by_its_id(client: Any) -> None:
    (zone,) = list(client.zones.list(name="gonova.one"))
    assert client.zones.get(zone_id=zone.id).name == "gonova.one"
    assert zone.status == "active"
    assert zone.account.name == "Lab account"


def test_all_zones_are_listed_over_pages(client: Any) -> None:
    names = [zone.name for zone in client.zones.list(per_page=1)]
    assert "gonova.one" in names
    assert len(names) == 3


def test_zones_are_filtered_by_operators_too(client: Any) -> None:
    found = [zone.name for zone in client.zones.list(name="starts_with:example")]
    assert found == ["example.net", "example.org"]
    assert not list(client.zones.list(name="nowhere.test"))


def test_an_unknown_zone_is_not_found(client: Any) -> None:
    with pytest.raises(cloudflare.NotFoundError) as error:
        client.zones.get(zone_id="0" * 32)
    assert codes(error.value) == [7003]


def test_accounts_are_listed(client: Any) -> None:
    (account,) = list(client.accounts.list())
    assert client.accounts.get(account_id=account.id).name == "Lab account"


def test_the_edges_ranges_need_no_token(api: Api) -> None:
    answer = httpx.get(f"{api.url}/ips").json()["result"]
    assert answer["ipv4_cidrs"] == ["198.51.100.0/26"]
    assert answer["ipv6_cidrs"] == ["2001:db8:ed6e::/48"]
    assert answer["etag"]


def test_an_unknown_path_says_so(api: Api) -> None:
    answer = httpx.get(f"{api.url}/nothing", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == 7000
