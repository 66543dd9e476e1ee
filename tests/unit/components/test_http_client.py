"""A proxy in the environment that cannot be used, as each of those who ask the clouds tells it."""

import pulumi
import pytest

from components.cloudflare.api import Api as CloudflareApi
from components.cloudflare.api import CloudflareError
from components.http_client import UnusableProxyError, http_client
from components.vps.api import Api as ProviderApi
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
        http_client("token", timeout=1)

    assert f"cannot use: {variable} ({kind})." in str(refused.value)
    assert f"unset {variable} -" in str(refused.value)
    assert "export HTTPS_PROXY=http://HOST:PORT" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_proxy_that_can_be_used_is_not_named_beside_one_that_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    http_client("token", timeout=1)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")

    with pytest.raises(
        UnusableProxyError, match=r"use: ALL_PROXY \(socks5://\)\. .*unset ALL_PROXY "
    ):
        http_client("token", timeout=1)


def test_a_token_that_no_header_can_carry_is_not_taken_for_a_proxy() -> None:
    with pytest.raises(UnicodeEncodeError):
        http_client("t\u00f6ken\u2026", timeout=1)


def test_all_who_ask_the_clouds_tell_it_in_their_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    provider = ProviderApi(provider="Vultr", url="http://127.0.0.1:1", token=None, remedy="")

    with pytest.raises(pulumi.RunError, match=r"unset ALL_PROXY .*Nothing was changed"):
        provider.get("/plans")
    with pytest.raises(CloudflareError, match="unset ALL_PROXY"):
        CloudflareApi(token="token").get("/zones")
    with pytest.raises(OpsError, match=r"unset ALL_PROXY .*Nothing was written"):
        check_provider(HCLOUD, "token")
