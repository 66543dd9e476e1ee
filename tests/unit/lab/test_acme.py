"""The lab's ACME server: its name and paths before pebble's, and a chain that the lab trusts."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store
from starlette.testclient import TestClient

from lab.acme import create_app, front
from lab.acme.pebble import Pebble
from lab.ca import ensure_ca

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from lab.ca import CertificateAuthority


@pytest.fixture
def lab_ca(tmp_path: Path) -> CertificateAuthority:
    """The authority that the lab's hosts trust."""
    return ensure_ca(tmp_path / "lab")


@pytest.fixture
def pebbles_ca(tmp_path: Path) -> CertificateAuthority:
    """The authority that pebble would make at its start."""
    return ensure_ca(tmp_path / "pebble")


@pytest.fixture
def client(
    lab_ca: CertificateAuthority,
    pebbles_ca: CertificateAuthority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[TestClient]:
    """A client of the front, with an echo in pebble's place."""

    def echo(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/certZ/1":
            pem = pebbles_ca.issue(["asr.gonova.one"])[0]
            return httpx.Response(200, content=pem, headers={"content-type": front.CHAIN})
        told = {"path": request.url.path, "host": request.headers["host"]}
        return httpx.Response(200, json=told, headers={"replay-nonce": "n", "server": "pebble"})

    @contextlib.asynccontextmanager
    async def run(*_: object) -> AsyncIterator[Pebble]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(echo)) as http:
            yield Pebble(http, pebbles_ca.root_pem)

    monkeypatch.setattr(front, "run_pebble", run)
    with TestClient(create_app(ca=lab_ca, state=tmp_path)) as one:
        yield one


def test_lets_encrypts_paths_lead_to_pebbles_under_its_own_name(client: TestClient) -> None:
    answer = client.get("/directory")

    assert answer.json() == {"path": "/dir", "host": "acme-v02.api.letsencrypt.org"}
    assert answer.headers["replay-nonce"] == "n"


def test_a_chain_ends_below_the_root_that_the_lab_trusts(
    client: TestClient, lab_ca: CertificateAuthority
) -> None:
    leaf, cross = x509.load_pem_x509_certificates(client.post("/certZ/1").content)

    store = Store([lab_ca.root])
    verifier = PolicyBuilder().store(store).time(datetime.now(UTC))
    server = verifier.build_server_verifier(x509.DNSName("asr.gonova.one"))
    assert server.verify(leaf, [cross])[-1] == lab_ca.root


def test_a_rate_limit_refuses_new_orders_and_nothing_else(
    client: TestClient, tmp_path: Path
) -> None:
    (tmp_path / front.RATE_LIMIT_FILE).touch()

    refused = client.post("/order-plz")

    assert refused.status_code == 429
    assert refused.json()["type"] == "urn:ietf:params:acme:error:rateLimited"
    assert client.get("/directory").status_code == 200
