"""Connections to public names: verified, and explained when they fail."""

import datetime as dt
import ipaddress
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.server import ServerConnection, serve

from lab.speech.dialling import HopError, dial, explain, trusted


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's TLS for 127.0.0.1 that no authority vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - dt.timedelta(1)).not_valid_after(now + dt.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def hang_up(connection: ServerConnection) -> None:
    await connection.recv()
    await connection.close(1012, "restarting")


async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    async with serve(hang_up, "127.0.0.1", 0, ssl=self_signed(tmp_path)) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(HopError, match="not trusted") as caught:
            async with dial(f"wss://127.0.0.1:{port}/v1/stream/tts"):
                pass
    assert caught.value.hop == "tls"


def test_certificates_and_names_are_verified() -> None:
    context = trusted()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


async def test_a_cut_stream_is_told_with_its_code() -> None:
    async with serve(hang_up, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with dial(url) as hop:
            await hop.send("hello")
            with pytest.raises(HopError, match="closed with code 1012: restarting") as caught:
                await hop.receive(10)
    assert (caught.value.hop, caught.value.status, caught.value.url) == ("stream", 1012, url)


async def test_a_silent_service_is_not_waited_for_without_end() -> None:
    async with serve(hang_up, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with dial(url) as hop:
            with pytest.raises(HopError, match="fell silent"):
                await hop.receive(0.05)


async def test_what_is_no_websocket_address_is_said() -> None:
    with pytest.raises(HopError) as caught:
        async with dial("https://asr.gonova.one/v1/stream/asr"):
            pass
    assert caught.value.hop == "url"


def test_a_name_that_does_not_resolve_is_told_apart_from_a_closed_port() -> None:
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert explain("wss://asr.gonova.one/x", unknown).hop == "dns"
    assert "asr.gonova.one does not resolve" in str(explain("wss://asr.gonova.one/x", unknown))
    assert explain("wss://asr.gonova.one/x", ConnectionRefusedError(111, "refused")).hop == "tcp"
