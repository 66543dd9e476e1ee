"""Which permission a token lacks, asked of a provider on loopback; nothing is changed there."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ops.errors import OpsError
from ops.init.permissions import check_provider
from ops.init.zone import check_zone, visible_zones
from settings import EdgeSettings
from settings.credentials import DIGITALOCEAN, HCLOUD, LINODE

TOKEN = "planted-token-" + "x" * 50
ZONE = "0123456789abcdef0123456789abcdef"


@dataclass
class Provider:
    """Answers by "METHOD path"; all else is answered with what a good token gets for nonsense."""

    url: str
    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            what = f"{self.command} {path}"
            made.asked.append(what)
            made.tokens.add(self.headers["Authorization"])
            plain = (200, {}) if self.command == "GET" else (422, {"message": "name is required"})
            status, body = made.answers.get(what, plain)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_GET = do_POST = do_DELETE = do_PATCH = _answer  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    made = Provider(url=url)
    for variable in (
        "HCLOUD_ENDPOINT",
        "DIGITALOCEAN_API_URL",
        "LINODE_URL",
        "CLOUDFLARE_BASE_URL",
    ):
        monkeypatch.setenv(variable, url)
    monkeypatch.setattr("components.http_client.time.sleep", lambda _: None)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


def test_a_token_that_may_do_all_passes(provider: Provider) -> None:
    check_provider(HCLOUD, TOKEN)

    assert provider.asked == ["GET /servers", "POST /ssh_keys"]
    assert provider.tokens == {f"Bearer {TOKEN}"}


def test_a_read_only_token_is_told_what_it_lacks(provider: Provider) -> None:
    provider.answers["POST /ssh_keys"] = (403, {"error": {"code": "token_readonly"}})

    with pytest.raises(OpsError, match=r"HCLOUD_TOKEN lacks .*Read & Write") as refused:
        check_provider(HCLOUD, TOKEN)

    assert TOKEN not in str(refused.value)


def test_every_missing_permission_is_named_at_once(provider: Provider) -> None:
    for path in ("/v2/droplets", "/v2/account/keys", "/v2/tags"):
        provider.answers[f"POST {path}"] = (403, {"id": "forbidden"})

    with pytest.raises(OpsError, match="droplet:create, ssh_key:create, tag:create"):
        check_provider(DIGITALOCEAN, TOKEN)


def test_digitaloceans_token_is_good_with_the_scopes_that_are_named_for_it(
    provider: Provider,
) -> None:
    provider.answers["GET /v2/account"] = (403, {"id": "forbidden"})  # needs account:read

    check_provider(DIGITALOCEAN, TOKEN)

    scopes = {path.split("/")[-1].split("?")[0] for path in provider.asked}
    assert scopes == {"droplets", "firewalls", "keys", "tags"}


def test_a_linode_token_must_see_the_events_that_the_plugin_waits_for(provider: Provider) -> None:
    check_provider(LINODE, TOKEN)
    unauthorized = {"errors": [{"reason": "Your OAuth token is not authorized"}]}
    provider.answers["GET /v4/account/events"] = (401, unauthorized)

    with pytest.raises(OpsError, match="LINODE_TOKEN lacks at Linode: Events: Read;"):
        check_provider(LINODE, TOKEN)


def test_an_unknown_token_is_refused_in_the_providers_words(provider: Provider) -> None:
    provider.answers["GET /servers"] = (401, {"error": {"message": "unable to authenticate"}})

    with pytest.raises(OpsError, match=r"refuses the token .*unable to authenticate"):
        check_provider(HCLOUD, TOKEN)


def test_a_busy_provider_is_asked_again_and_then_named(provider: Provider) -> None:
    provider.answers["GET /servers"] = (503, {})

    with pytest.raises(OpsError, match=r"does not answer \(status 503, 4 tries\)"):
        check_provider(HCLOUD, TOKEN)

    assert len(provider.asked) == 4


def test_a_zone_that_the_token_does_not_show_is_refused_with_those_it_shows() -> None:
    with pytest.raises(OpsError, match=r"no zone nope\.org \(it shows: example\.org\)"):
        check_zone(TOKEN, EdgeSettings(zone="nope.org"), {"example.org": ZONE})


def test_the_permission_missing_for_the_zone_is_named(provider: Provider) -> None:
    denied = {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]}
    nothing = "0" * 32
    provider.answers[f"DELETE /zones/{ZONE}/rulesets/{nothing}"] = (403, denied)
    edge = EdgeSettings(zone="example.org", mode="strict")

    with pytest.raises(OpsError, match=r"lacks for the zone example\.org: Zone / Config Rules"):
        check_zone(TOKEN, edge, {"example.org": ZONE})


def test_the_zones_of_a_token_are_read(provider: Provider) -> None:
    provider.answers["GET /zones"] = (200, {"result": [{"name": "example.org", "id": ZONE}]})

    assert visible_zones(TOKEN) == {"example.org": ZONE}


def test_a_token_that_cloudflare_does_not_know_is_refused(provider: Provider) -> None:
    wrong = {"errors": [{"code": 9109, "message": "Invalid access token"}]}
    provider.answers["GET /zones"] = (403, wrong)

    with pytest.raises(OpsError, match="Cloudflare refuses the token in CLOUDFLARE_API_TOKEN"):
        visible_zones(TOKEN)
