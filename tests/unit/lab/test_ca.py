"""The lab's certificate authority."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from lab.ca import ensure_ca

if TYPE_CHECKING:
    from pathlib import Path


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    """A TLS handshake in memory; raises ssl.SSLCertVerificationError when refused."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    visitor = client.wrap_bio(to_client, to_server, server_hostname=name)
    host = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (visitor, host):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue


def server_context(tmp_path: Path, pems: tuple[bytes, bytes]) -> ssl.SSLContext:
    chain = tmp_path / "server.pem"
    chain.write_bytes(b"".join(pems))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


def client_context(root: bytes) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=root.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # what Python 3.13 does by default
    return context


@pytest.mark.parametrize("name", ["api.example.org", "asr.gonova.one"])
def test_a_client_that_trusts_the_root_accepts_an_issued_certificate(
    tmp_path: Path, name: str
) -> None:
    ca = ensure_ca(tmp_path / "ca")
    server = server_context(tmp_path, ca.issue(["api.example.org", "*.gonova.one"]))
    handshake(server, client_context(ca.root_pem), name)


def test_a_name_that_was_not_asked_for_is_refused(tmp_path: Path) -> None:
    ca = ensure_ca(tmp_path / "ca")
    server = server_context(tmp_path, ca.issue(["api.example.org"]))
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client_context(ca.root_pem), "api.example.com")


def test_another_labs_root_is_not_trusted(tmp_path: Path) -> None:
    ours, other = ensure_ca(tmp_path / "a"), ensure_ca(tmp_path / "b")
    server = server_context(tmp_path, other.issue(["api.example.org"]))
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client_context(ours.root_pem), "api.example.org")


def test_the_root_survives_and_its_key_is_private(tmp_path: Path) -> None:
    first, second = ensure_ca(tmp_path), ensure_ca(tmp_path)
    assert first.root_pem == second.root_pem == first.root_file.read_bytes()
    assert (tmp_path / "ca.key").stat().st_mode & 0o777 == 0o600


def test_a_certificate_for_no_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one host name"):
        ensure_ca(tmp_path).issue([])
