"""A proxy that cannot be used, as each of those who ask the clouds tells it; who is busy."""

from collections.abc import Callable

import httpx
import pulumi
import pytest

from components.cloudflare.api import Api as CloudflareApi
from components.cloudflare.api import CloudflareError
from components.http_client import TryAgainError, UnusableProxyError, http_client, request, retry
from components.vps.api import Api as ProviderApi
from components.vps.endpoints import VULTR
from ops.errors import OpsError
from ops.init.permissions import check_provider
from settings.credentials import HCLOUD

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("variable", "value", "kind"),
    [
        ("ALL_PROXY", "socks5://me:secret@127.0.0.1:1080", "socks5://"),
        ("all_proxy", "socks://127.0.0.1:1080/", "socks://"),
        ("HTTPS_PROXY", "socks5h://127.0.0.1:1080", "socks5h://"),
        ("https_proxy", "http://127.0.0.1:port", "http://"),
        ("http_proxy", "127.0.0.1:port", "no scheme"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, kind: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UnusableProxyError) as refused:
        http_client("token")

    assert f"cannot use: {variable} ({kind})." in str(refused.value)
    assert f"unset {variable} -" in str(refused.value)
    assert "export HTTPS_PROXY=http://HOST:PORT" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("entry", ["fd00::/8", "[::1]", "[::1]:8080", "localhost:port"])
@pytest.mark.parametrize("proxy", ["", "http://me:secret@127.0.0.1:3128"])
def test_an_exception_that_cannot_be_read_is_named_and_not_the_proxy(
    monkeypatch: pytest.MonkeyPatch, entry: str, proxy: str
) -> None:
    if proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("no_proxy", f"localhost, ::1,10.0.0.0/8,{entry},.example.org")
    with pytest.raises(UnusableProxyError) as refused:
        http_client("token")

    assert f"cannot read - no_proxy: {entry}. Take it out" in str(refused.value)
    assert "HTTPS_PROXY" not in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("value", ["http://me:sec://ret@127.0.0.1:port", "me:sec@socks5://x:port"])
def test_no_part_of_a_password_is_taken_for_the_scheme(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(UnusableProxyError) as refused:
        http_client("token")

    assert "cannot use: HTTPS_PROXY (" in str(refused.value)
    assert "sec" not in str(refused.value)


def test_a_proxy_that_can_be_used_is_not_named_beside_one_that_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    http_client("token")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")

    with pytest.raises(
        UnusableProxyError, match=r"use: ALL_PROXY \(socks5://\)\. .*unset ALL_PROXY "
    ):
        http_client("token")


def test_a_token_that_no_header_can_carry_is_not_taken_for_a_proxy() -> None:
    with pytest.raises(UnicodeEncodeError):
        http_client("t\u00f6ken\u2026")


def test_all_who_ask_the_clouds_tell_it_in_their_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    provider = ProviderApi(endpoint=VULTR, token=None, remedy="")

    with pytest.raises(pulumi.RunError, match=r"unset ALL_PROXY .*Nothing was changed"):
        provider.get("/plans")
    with pytest.raises(CloudflareError, match="unset ALL_PROXY"):
        CloudflareApi(token="token").get("/zones")
    with pytest.raises(OpsError, match=r"unset ALL_PROXY .*Nothing was written"):
        check_provider(HCLOUD, "token")


def busy_for(tries: int, wait: float | None = None) -> Callable[[], str]:
    """An operation that succeeds after so many tries, and asks to wait until then."""
    left = [tries]

    def operation() -> str:
        if not left[0]:
            return "done"
        left[0] -= 1
        busy = TryAgainError("status 503")
        busy.wait = wait
        raise busy

    return operation


def test_who_is_busy_is_asked_again_later_and_later() -> None:
    waited: list[float] = []

    assert retry(busy_for(3), sleep=waited.append) == "done"
    assert waited == [0.5, 1, 2]


def test_who_asks_for_a_wait_gets_it_within_bounds() -> None:
    waited: list[float] = []
    retry(busy_for(1, wait=3), sleep=waited.append)
    retry(busy_for(1, wait=3600), sleep=waited.append, longest_wait=15)

    assert waited == [3, 15]


def test_the_tries_end_with_what_was_wrong() -> None:
    waited: list[float] = []
    with pytest.raises(TryAgainError, match="status 503"):
        retry(busy_for(9), tries=2, sleep=waited.append)

    assert len(waited) == 1


def test_a_busy_answer_is_told_from_a_refusal_with_the_wait_that_it_asks_for() -> None:
    answers = iter([httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(403)])
    with httpx.Client(transport=httpx.MockTransport(lambda _: next(answers))) as client:
        with pytest.raises(TryAgainError, match="status 429") as busy:
            request(client, "GET", "http://127.0.0.1/")
        refused = request(client, "GET", "http://127.0.0.1/")

    assert busy.value.wait == 7
    assert refused.status_code == 403
