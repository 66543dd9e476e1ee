"""DNS over UDP and TCP: read a question, ask `Names`, write the answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct
from typing import TYPE_CHECKING, cast

from dnslib import (  # type: ignore[import-untyped] # it has no types
    AAAA,
    CNAME,
    MX,
    NS,
    PTR,
    QTYPE,
    RCODE,
    RR,
    SOA,
    TXT,
    A,
    DNSRecord,
)
from dnslib.dns import EDNS0  # type: ignore[import-untyped] # likewise

from lab.dns.names import NAME_SERVERS, Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dnslib.dns import RD

    from lab.clouds.cloudflare.published import Record

LOG = logging.getLogger(__name__)
NEGATIVE_TTL = 5  # seconds; short, so that a record that appears is soon seen
PLAIN_UDP = 512  # bytes that a client without EDNS takes
LARGEST_UDP = 1232  # bytes that fit every path
LONGEST_STRING = 255  # bytes in one string of a TXT record
TCP_IDLE = 10.0  # seconds
TIMES = (1, 10000, 2400, 604800, NEGATIVE_TTL)  # SOA: serial, refresh, retry, expire, minimum


def respond(names: Names, wire: bytes, *, largest: int | None) -> bytes | None:
    """The answer to one query, or None when it is not worth one.

    `largest` is the most bytes to send; None for TCP, and for UDP what the client asks for counts.
    """
    try:
        query = DNSRecord.parse(wire)
    except Exception:  # noqa: BLE001 # dnslib raises many kinds for garbage; none may end the server
        return _format_error(wire)
    if query.header.qr or not query.questions:
        return None
    reply = query.reply(ra=1, aa=0)
    question = query.q
    kind = QTYPE.get(question.qtype)
    found = names.find(str(question.qname).removesuffix("."), kind)
    reply.header.aa = int(found.zone is not None)
    reply.header.rcode = RCODE.NOERROR if found.exists else RCODE.NXDOMAIN
    for record in found.records:
        with contextlib.suppress(KeyError):  # a type that is kept but not served
            reply.add_answer(_rr(record))
    if not any(record.type == kind for record in found.records) and kind != "ANY":
        soa = _soa(found.zone.name if found.zone else ".")
        if kind == "SOA" and found.zone and str(question.qname) == f"{found.zone.name}.":
            reply.add_answer(soa)
        else:
            reply.add_auth(soa)
    edns = [rr for rr in query.ar if rr.rtype == QTYPE.OPT]
    if edns:
        reply.add_ar(EDNS0(udp_len=LARGEST_UDP))
    packed: bytes = reply.pack()
    if largest is not None:
        asked = min(LARGEST_UDP, max(PLAIN_UDP, edns[0].edns_len)) if edns else PLAIN_UDP
        if len(packed) > min(largest, asked):
            packed = reply.truncate().pack()
    return packed


class DnsServer:
    """Listens on every address given, UDP and TCP, until `close`."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._servers: list[asyncio.Server] = []
        self._transports: list[asyncio.DatagramTransport] = []

    async def start(self, addresses: Sequence[str], port: int = 53) -> int:
        """Listen; the port, which matters when 0 was asked for."""
        loop = asyncio.get_running_loop()
        for address in addresses:
            server = await asyncio.start_server(self._tcp, address, port)
            port = server.sockets[0].getsockname()[1]
            self._servers.append(server)
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Udp(self._names), local_addr=(address, port)
            )
            self._transports.append(transport)
        return port

    async def close(self) -> None:
        """Stop listening."""
        for transport in self._transports:
            transport.close()
        for server in self._servers:
            server.close()

    async def _tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                async with asyncio.timeout(TCP_IDLE):
                    (length,) = struct.unpack("!H", await reader.readexactly(2))
                    wire = await reader.readexactly(length)
                answer = respond(self._names, wire, largest=None)
                if answer is None:
                    break
                writer.write(struct.pack("!H", len(answer)) + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, TimeoutError, ConnectionError):
            LOG.debug("a TCP client went away")
        finally:
            writer.close()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, names: Names) -> None:
        self._names = names

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # a cast: before Python 3.12 asyncio's own datagram transport was not of this class
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = respond(self._names, data, largest=LARGEST_UDP)
        if answer is not None:
            self._transport.sendto(answer, addr)


def _format_error(wire: bytes) -> bytes | None:
    """FORMERR for something that at least starts like a query."""
    header = 12
    if len(wire) < header or wire[2] & 0x80:
        return None
    opcode_and_rd = wire[2] & 0x79
    return wire[:2] + bytes([0x80 | opcode_and_rd, RCODE.FORMERR]) + bytes(8)


def _rr(record: Record) -> RR:
    kind = record.type
    return RR(record.name, getattr(QTYPE, kind), rdata=_rdata(record), ttl=record.ttl)


def _rdata(record: Record) -> RD:
    content = record.content
    match record.type:
        case "MX":
            return MX(content, record.priority)
        case "TXT":
            data = content.strip('"').encode()
            step = range(0, len(data), LONGEST_STRING)
            return TXT([data[at : at + LONGEST_STRING] for at in step])
        case kind:
            return {"A": A, "AAAA": AAAA, "CNAME": CNAME, "NS": NS, "PTR": PTR}[kind](content)


def _soa(zone: str) -> RR:
    ttl = NEGATIVE_TTL if zone == "." else TIMES[-1]
    data = SOA(NAME_SERVERS[0], "dns.cloudflare.com", TIMES)
    return RR(zone, QTYPE.SOA, rdata=data, ttl=ttl)
