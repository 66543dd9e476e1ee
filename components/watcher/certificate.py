"""When the certificate ends that this machine shows on port 443, whoever signed it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import datetime, timezone

_UTC_TIME, _VERSION = 0x17, 0xA0
_LONG_FORM = 0x80
_VALIDITY = 3  # behind serial number, algorithm and issuer
_PATIENCE = 5.0


def served_expiry(name: str, *, address: tuple[str, int] = ("127.0.0.1", 443)) -> float | None:
    """When what is served under a name ends (unix seconds); None when nothing is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Only its end is asked for, and a self-signed one has one, too. Nothing is sent.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection(address, _PATIENCE) as connection,
            context.wrap_socket(connection, server_hostname=name) as secured,
        ):
            return not_after(secured.getpeercert(binary_form=True) or b"")
    except (OSError, ValueError, IndexError):
        return None


def not_after(certificate: bytes) -> float:
    """The end of a certificate in DER (unix seconds).

    Raises:
        ValueError, IndexError: It is none.
    """
    body = next(_elements(next(_elements(certificate))[1]))[1]
    fields = [field for field in _elements(body) if field[0] != _VERSION]
    kind, text = list(_elements(fields[_VALIDITY][1]))[1]
    form = "%y%m%d%H%M%SZ" if kind == _UTC_TIME else "%Y%m%d%H%M%SZ"
    moment = datetime.strptime(text.decode("ascii"), form)  # noqa: DTZ007 - its zone is the Z
    return moment.replace(tzinfo=timezone.utc).timestamp()  # noqa: UP017 - Python 3.9


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The tags and contents of the elements that stand side by side."""
    at = 0
    while at < len(data):
        tag, size = data[at], data[at + 1]
        at += 2
        if size & _LONG_FORM:
            count = size & 0x7F
            size = int.from_bytes(data[at : at + count], "big")
            at += count
        yield tag, data[at : at + size]
        at += size
