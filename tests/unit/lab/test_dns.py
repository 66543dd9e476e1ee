"""The lab's name server, asked over real sockets."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest
from dnslib import QTYPE, RCODE, DNSRecord  # type: ignore[import-untyped] # it has no types
from dnslib.dns import EDNS0  # type: ignore[import-untyped] # likewise

from lab.clouds.cloudflare.published import PublishedZone, Record, ZoneState
from lab.dns import Addresses, DnsServer, Names
from lab.dns.server import respond

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EDGE = Addresses(("198.51.100.10",), ("2001:db8:ed6e::1",))
INFRA = Addresses(("192.0.2.53",), ("2001:db8:53::1",))


def record(name: str, kind: str, content: str, *, proxied: bool = False) -> Record:
    return Record(name=name, type=kind, content=content, ttl=300, proxied=proxied)


ZONE = PublishedZone(
    name="gonova.one",
    records=(
        record("asr.gonova.one", "A", "203.0.113.16", proxied=True),
        record("tts.gonova.one", "CNAME", "vps.gonova.one", proxied=True),
        record("vps.gonova.one", "A", "203.0.113.16"),
        record("vps.gonova.one", "A", "203.0.113.17"),
        record("vps.gonova.one", "AAAA", "2001:db8:100::1"),
        record("alias.gonova.one", "CNAME", "vps.gonova.one"),
        record("api.gonova.one", "CNAME", "api.hetzner.cloud"),
        record("lost.gonova.one", "CNAME", "nowhere.example"),
        record("deep.er.gonova.one", "TXT", "x" * 400),
        record("many.gonova.one", "TXT", "y" * 2000),
        record("*.wild.gonova.one", "A", "203.0.113.20"),
    ),
)


@pytest.fixture
def names() -> Names:
    names = Names(static={"api.hetzner.cloud": INFRA}, edge=EDGE)
    names.update(ZoneState(zones=(ZONE,)))
    return names


def ask(names: Names, name: str, kind: str) -> DNSRecord:
    answer = respond(names, DNSRecord.question(name, kind).pack(), largest=None)
    assert answer is not None
    return DNSRecord.parse(answer)


def data(reply: DNSRecord) -> list[str]:
    return [str(rr.rdata) for rr in reply.rr]


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("asr.gonova.one", "A", ["198.51.100.10"]),
        ("asr.gonova.one", "AAAA", ["2001:db8:ed6e::1"]),
        ("ASR.Gonova.ONE", "A", ["198.51.100.10"]),
        ("tts.gonova.one", "A", ["198.51.100.10"]),
        ("tts.gonova.one", "CNAME", []),
        ("vps.gonova.one", "A", ["203.0.113.16", "203.0.113.17"]),
        ("vps.gonova.one", "AAAA", ["2001:db8:100::1"]),
        ("alias.gonova.one", "A", ["vps.gonova.one.", "203.0.113.16", "203.0.113.17"]),
        ("api.gonova.one", "A", ["api.hetzner.cloud.", "192.0.2.53"]),
        ("api.hetzner.cloud", "AAAA", ["2001:db8:53::1"]),
        ("a.wild.gonova.one", "A", ["203.0.113.20"]),
        ("gonova.one", "NS", ["ada.ns.cloudflare.com.", "bob.ns.cloudflare.com."]),
    ],
)
def test_a_name_resolves(names: Names, name: str, kind: str, expected: list[str]) -> None:
    reply = ask(names, name, kind)
    assert data(reply) == expected
    assert reply.header.rcode == RCODE.NOERROR


@pytest.mark.parametrize(
    ("name", "kind", "rcode"),
    [
        ("nothing.gonova.one", "A", RCODE.NXDOMAIN),
        ("www.google.com", "A", RCODE.NXDOMAIN),
        ("x.asr.gonova.one", "A", RCODE.NXDOMAIN),
        ("vps.gonova.one", "TXT", RCODE.NOERROR),
        ("er.gonova.one", "A", RCODE.NOERROR),
        ("hetzner.cloud", "A", RCODE.NOERROR),
    ],
)
def test_no_such_name_and_no_such_data_differ(
    names: Names, name: str, kind: str, rcode: int
) -> None:
    reply = ask(names, name, kind)
    assert (data(reply), reply.header.rcode) == ([], rcode)
    assert [QTYPE.get(rr.rtype) for rr in reply.auth] == ["SOA"]


def test_an_alias_to_nowhere_does_not_exist(names: Names) -> None:
    reply = ask(names, "lost.gonova.one", "A")
    assert (data(reply), reply.header.rcode) == (["nowhere.example."], RCODE.NXDOMAIN)


def test_a_zone_has_its_soa(names: Names) -> None:
    reply = ask(names, "gonova.one", "SOA")
    assert [QTYPE.get(rr.rtype) for rr in reply.rr] == ["SOA"]
    assert reply.header.aa


def test_a_change_is_answered_at_once(names: Names) -> None:
    assert ask(names, "new.gonova.one", "A").header.rcode == RCODE.NXDOMAIN
    zone = PublishedZone(name="gonova.one", records=(record("new.gonova.one", "A", "192.0.2.7"),))
    names.update(ZoneState(zones=(zone,)))
    assert data(ask(names, "new.gonova.one", "A")) == ["192.0.2.7"]
    assert ask(names, "vps.gonova.one", "A").header.rcode == RCODE.NXDOMAIN


def test_an_answer_too_long_for_udp_is_truncated_and_whole_over_tcp(names: Names) -> None:
    query = DNSRecord.question("many.gonova.one", "TXT")
    short = respond(names, query.pack(), largest=1232)
    assert short is not None
    assert len(short) <= 512
    assert DNSRecord.parse(short).header.tc
    query.add_ar(EDNS0(udp_len=4096))
    limited = respond(names, query.pack(), largest=1232)
    assert limited is not None
    assert len(limited) <= 1232
    assert len(ask(names, "many.gonova.one", "TXT").pack()) > 2000


def test_the_edge_finds_origins_behind_the_proxy(names: Names) -> None:
    assert names.origin("asr.gonova.one") == Addresses(("203.0.113.16",))
    both = Addresses(("203.0.113.16", "203.0.113.17"), ("2001:db8:100::1",))
    assert names.origin("tts.gonova.one") == both
    assert names.origin("lost.gonova.one") == Addresses()


def test_garbage_never_breaks_the_server(names: Names) -> None:
    generator = random.Random(7)
    good = DNSRecord.question("asr.gonova.one").pack()
    for _ in range(2000):
        broken = bytearray(good)
        for _ in range(generator.randrange(1, 8)):
            broken[generator.randrange(len(broken))] = generator.randrange(256)
        respond(names, bytes(broken[: generator.randrange(len(broken) + 1)]), largest=512)
    assert data(ask(names, "asr.gonova.one", "A")) == ["198.51.100.10"]


@pytest.fixture
async def port(names: Names) -> AsyncIterator[int]:
    server = DnsServer(names)
    yield await server.start(["127.0.0.1", "::1"], 0)
    await server.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("tcp", ["udp", "tcp"])
async def test_it_answers_over_both_protocols_and_families(
    port: int, address: str, tcp: str
) -> None:
    query = DNSRecord.question("vps.gonova.one", "AAAA")
    wire = await asyncio.to_thread(
        query.send, address, port, tcp=tcp == "tcp", timeout=5, ipv6=":" in address
    )
    assert data(DNSRecord.parse(wire)) == ["2001:db8:100::1"]
