"""Whether the token still sees the VPS that the last run rented, and what is said where not."""

from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from components.vps import warn_of_unseen
from tests.unit.components.engine import deploy
from tests.unit.components.samples import EXISTING, settings

TOKEN = "0123456789abcdef" * 4
PLACES = {
    "hcloud": "/v1/servers/1001",
    "vultr": "/v2/instances/1001",
    "digitalocean": "/v2/droplets/1001",
    "linode": "/v4/linode/instances/1001",
}
KEYS = {
    "hcloud:token": TOKEN,
    "vultr:apiKey": TOKEN,
    "digitalocean:token": TOKEN,
    "linode:token": TOKEN,
}
Said = Callable[..., str]


@pytest.fixture
def asked() -> list[str]:
    """The paths that a provider was asked for."""
    return []


@pytest.fixture
def said(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> Said:
    """What is warned of when the provider answers with this status."""
    for variable in ("HCLOUD_ENDPOINT", "DIGITALOCEAN_API_URL", "LINODE_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("components.http_client.time.sleep", lambda _: None)
    client = httpx.Client

    def run(status: int, server: dict[str, Any], recorded: dict[str, Any]) -> str:
        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request.url.path)
            return httpx.Response(status, json={})

        transport = httpx.MockTransport(answer)
        monkeypatch.setattr(
            "components.http_client.httpx.Client", partial(client, transport=transport)
        )
        wanted = settings(server).server
        return deploy(lambda: warn_of_unseen(wanted, recorded), config=KEYS).log.getvalue()

    return run


@pytest.mark.parametrize("provider", PLACES)
def test_a_server_that_the_token_does_not_see_may_be_anothers_and_is_told(
    said: Said, asked: list[str], provider: str
) -> None:
    words = said(
        404, {"provider": provider}, {"server": {"provider": provider}, "serverId": "1001"}
    )

    assert asked == [PLACES[provider]]
    assert "shows this token no server 1001, the VPS of the last run" in words
    assert "another project's or account's" in words
    assert "goes on costing" in words
    assert TOKEN not in words


@pytest.mark.parametrize("provider", PLACES)
def test_what_is_advised_is_what_gets_past_a_server_that_was_deleted(
    said: Said, provider: str
) -> None:
    """Vultr's plugin takes it for an error, so that Pulumi has to be told to forget it."""
    words = said(
        404, {"provider": provider}, {"server": {"provider": provider}, "serverId": "1001"}
    )

    refreshed = "If it was deleted: pulumi up --refresh, or pulumi destroy --refresh." in words
    forgotten = "pulumi state delete \"$(pulumi stack --show-urns | grep -o 'urn:" in words
    assert (refreshed, forgotten) == (provider != "vultr", provider == "vultr")
    assert ("would rent a second VPS" in words) == refreshed


@pytest.mark.parametrize("status", [200, 401, 403, 503])
def test_a_server_that_is_seen_or_cannot_be_asked_about_is_no_news(said: Said, status: int) -> None:
    recorded = {"server": {"provider": "hcloud"}, "serverId": "1001"}

    assert said(status, {"provider": "hcloud"}, recorded) == ""


@pytest.mark.parametrize(
    ("server", "recorded"),
    [
        ({"provider": "hcloud"}, {}),
        ({"provider": "hcloud"}, {"server": {"provider": "hcloud"}}),
        ({"provider": "hcloud"}, {"server": {"provider": "linode"}, "serverId": "1001"}),
        (EXISTING, {"server": {"provider": "hcloud"}, "serverId": "1001"}),
    ],
)
def test_only_the_provider_that_rented_it_is_asked(
    said: Said, asked: list[str], server: dict[str, Any], recorded: dict[str, Any]
) -> None:
    assert (said(404, server, recorded), asked) == ("", [])
