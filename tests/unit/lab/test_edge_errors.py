"""The edge's error pages: Cloudflare's number for each way an origin can fail."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from lab.ca import ensure_ca
from lab.edge.edge_errors import cause, status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def listener(context: ssl.SSLContext | None = None) -> Iterator[str]:
    """An origin that takes connections, with TLS if it has a context; its address and port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    taken = server.accept()[0]
                except OSError:
                    return
                if context is None:
                    taken.close()
                    continue
                try:
                    context.wrap_socket(taken, server_side=True).close()
                except OSError:
                    taken.close()

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server context with a certificate for `good.test` that this process trusts."""
    ca = ensure_ca(tmp_path / "ca")
    monkeypatch.setenv("SSL_CERT_FILE", str(ca.root_file))
    chain = tmp_path / "chain.pem"
    chain.write_bytes(b"".join(ca.issue(["good.test"])))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


def test_a_closed_port_is_a_web_server_that_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert cause([f"127.0.0.1:{port}"], tls=False, verify=False, name="a") == 521


def test_an_address_without_a_route_is_unreachable() -> None:
    assert cause(["255.255.255.255:80"], tls=False, verify=False, name="a") == 523


def test_an_origin_without_tls_fails_the_handshake() -> None:
    with listener() as origin:
        assert cause([origin], tls=True, verify=True, name="a") == 525


@pytest.mark.parametrize(
    ("name", "verify", "code"),
    [("bad.test", True, 526), ("bad.test", False, 520), ("good.test", True, 520)],
)
def test_a_wrong_certificate_counts_only_where_it_is_asked_for(
    certificate: ssl.SSLContext, name: str, *, verify: bool, code: int
) -> None:
    with listener(certificate) as origin:
        assert cause([origin], tls=True, verify=verify, name=name) == code


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Edge-Kind": "1001"}, (409, 1001)),
        ({"Edge-Kind": "1016"}, (530, 1016)),
        ({"Edge-Kind": "origin", "Edge-Reached": "-", "Edge-Ended": "504"}, (522, 522)),
        ({"Edge-Kind": "origin", "Edge-Reached": "0.001", "Edge-Ended": "504"}, (524, 524)),
        ({"Edge-Kind": "origin", "Edge-Reached": "0.001", "Edge-Ended": "502"}, (520, 520)),
        ({"Edge-Kind": "origin", "Edge-Reached": "-, 0.1", "Edge-Ended": "502, 504"}, (524, 524)),
        ({"Edge-Kind": "origin", "Edge-Reached": "-", "Edge-Ended": "502"}, (530, 530)),
    ],
)
def test_what_nginx_saw_decides_the_number(
    headers: dict[str, str], expected: tuple[int, int]
) -> None:
    assert status(headers) == expected


def test_a_certificate_of_the_origin_ca_is_right_where_the_origin_ca_is_trusted(
    tmp_path: Path,
) -> None:
    ca = ensure_ca(tmp_path / "origin-ca", name="Lab Origin CA")
    chain = tmp_path / "chain.pem"
    chain.write_bytes(b"".join(ca.issue(["good.test"])))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    with listener(context) as origin:
        for trust, code in ((None, 526), (str(ca.root_file), 520)):
            assert cause([origin], tls=True, verify=True, name="good.test", trust=trust) == code
