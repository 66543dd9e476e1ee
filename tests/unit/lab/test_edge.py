"""The edge: which sites it serves, the files it gets, and how they reach the host."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
import time
from typing import TYPE_CHECKING

import pytest

from lab.ca import ensure_ca
from lab.clouds.cloudflare.expressions import parse
from lab.clouds.cloudflare.published import PublishedZone, Record, SslRule, ZoneState
from lab.dns import Addresses
from lab.edge import Edge, Site, sites
from lab.edge.render import LAB, ROOT, files
from ops.day2.checks import IDLE_CUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

DEADLINE = 10.0  # seconds
ORIGIN = Addresses(("203.0.113.16",), ("2001:db8:100::1",))


def state(*names: str, ssl: str = "full", rules: Sequence[tuple[str, str]] = ()) -> ZoneState:
    records = tuple(
        Record(name=name, type="A", content="203.0.113.16", ttl=300, proxied=True) for name in names
    )
    conditions = tuple(SslRule(condition=parse(when), mode=mode) for when, mode in rules)
    zone = PublishedZone(name="gonova.one", records=records, ssl=ssl, ssl_rules=conditions)
    return ZoneState(zones=(zone,))


def site(mode: str, **fields: object) -> Site:
    values: dict[str, object] = {
        "hostname": "asr.gonova.one",
        "zone": "gonova.one",
        "mode": mode,
        "origins": ("203.0.113.16", "2001:db8:100::1"),
        "always_use_https": False,
        "websockets": True,
    }
    return Site(**(values | fields))  # type: ignore[arg-type] # the fields of one test


def configuration(*of: Site) -> str:
    return files(of, {"gonova.one": (b"certificate", b"key")})["nginx.conf"].decode()


def server(conf: str, port: int) -> str:
    """The server block of a hostname on one port."""
    (block,) = re.findall(
        rf"server \{{ # [^\n]*\n {{8}}listen {port}\b.*?\n    \}}", conf, re.DOTALL
    )
    return str(block)


def test_a_silent_stream_is_cut_when_cloudflare_cuts_one() -> None:
    conf = configuration(site("flexible"), site("full", hostname="tts.gonova.one"))

    # What a service without pings meets there: bin/ops test and the documents warn of it.
    found = re.findall(r"(proxy_(?:read|send)_timeout) ([^;]+);", conf)
    assert found == [
        (name, f"{IDLE_CUT_SECONDS}s") for name in ("proxy_read_timeout", "proxy_send_timeout")
    ]
    assert IDLE_CUT_SECONDS == 120


def test_only_proxied_names_are_served() -> None:
    grey = Record(name="vps.gonova.one", type="A", content="203.0.113.16", ttl=300)
    zone = PublishedZone(name="gonova.one", records=(grey,))
    assert sites(ZoneState(zones=(zone,)), lambda _: ORIGIN) == []


def test_a_rule_for_a_hostname_beats_the_zones_mode() -> None:
    served = sites(
        state(
            "asr.gonova.one",
            "www.gonova.one",
            rules=[('http.host eq "asr.gonova.one"', "flexible")],
        ),
        lambda _: ORIGIN,
    )
    assert {one.hostname: one.mode for one in served} == {
        "asr.gonova.one": "flexible",
        "www.gonova.one": "full",
    }


@pytest.mark.parametrize(
    ("mode", "port", "expected"),
    [
        ("flexible", 80, "http:80"),
        ("flexible", 443, "http:80"),
        ("full", 80, "http:80"),
        ("full", 443, "https:443 off"),
        ("strict", 80, "http:80"),
        ("strict", 443, "https:443 on"),
        ("origin_pull", 80, "https:443 on"),
        ("off", 80, "http:80"),
    ],
)
def test_the_mode_decides_how_the_origin_is_reached(mode: str, port: int, expected: str) -> None:
    conf = configuration(site(mode))
    block = server(conf, port)
    (passed,) = re.findall(r"proxy_pass (https?)://(origin\w+);", block)
    upstream = re.search(rf"upstream {passed[1]} \{{.*?\}}", conf, re.DOTALL)
    assert upstream is not None
    ports = set(re.findall(r"server \S+:(\d+) ", upstream[0]))
    verify = re.findall(r"proxy_ssl_verify (\w+);", block)
    assert f"{passed[0]}:{'/'.join(ports)} {''.join(verify)}".strip() == expected
    assert "[2001:db8:100::1]:" in upstream[0]


def test_mode_off_sends_visitors_to_http() -> None:
    assert "return 301 http://$host$request_uri;" in server(configuration(site("off")), 443)


def test_always_use_https_sends_visitors_to_https() -> None:
    conf = configuration(site("flexible", always_use_https=True))
    assert "return 301 https://$host$request_uri;" in server(conf, 80)
    assert "proxy_pass http://origin" in server(conf, 443)


def test_what_only_the_edge_may_say_is_set_or_removed() -> None:
    block = server(configuration(site("flexible")), 443)
    assert "proxy_set_header CF-Connecting-IP $remote_addr;" in block
    assert 'proxy_set_header True-Client-IP "";' in block
    assert "proxy_set_header Upgrade $http_upgrade;" in block


def test_websockets_can_be_off() -> None:
    assert "Upgrade" not in server(configuration(site("flexible", websockets=False)), 443)


def test_a_name_without_an_address_is_an_origin_dns_error() -> None:
    block = server(configuration(site("flexible", origins=())), 443)
    assert 'proxy_set_header Edge-Kind "1016";' in block
    assert "origin_" not in block


def test_other_content_is_another_directory() -> None:
    pems = {"gonova.one": (b"certificate", b"key")}
    one, same, other = (files([site(m)], pems) for m in ("full", "full", "strict"))
    assert one.digest == same.digest != other.digest
    assert f"{ROOT}/{one.digest}/gonova.one.pem".encode() in one["nginx.conf"]


class Host:
    """Stands in for the edge host: keeps what was run there."""

    def __init__(self) -> None:
        self.runs: list[tuple[list[str], bytes]] = []
        self.fails = 0

    def run(self, argv: Sequence[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the edge is not up")
        self.runs.append((list(argv), given))
        return subprocess.CompletedProcess(argv, 0, b"applied\n", b"")


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def edge(host: Host, tmp_path: Path) -> Edge:
    ca = ensure_ca(tmp_path / "ca")
    return Edge(run=host.run, ca=ca, certificates=tmp_path / "pems", origin=lambda _: ORIGIN)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_the_files_reach_the_host_with_their_certificate(edge: Edge, host: Host) -> None:
    assert edge.apply(state("asr.gonova.one"))
    ((argv, given),) = host.runs
    with tarfile.open(fileobj=io.BytesIO(given)) as archive:
        names = set(archive.getnames())
        key = archive.extractfile("gonova.one.key")
        assert key is not None
        assert b"PRIVATE KEY" in key.read()
    assert {"nginx.conf", "gonova.one.pem", "edge_errors.py", "edge-errors.service"} <= names
    assert not any("PRIVATE KEY" in word for word in argv)


def test_an_unchanged_configuration_is_not_sent_again(edge: Edge, host: Host) -> None:
    assert edge.apply(state("asr.gonova.one"))
    assert not edge.apply(state("asr.gonova.one"))
    assert edge.apply(state("asr.gonova.one", ssl="flexible"))
    assert len(host.runs) == 2


def test_an_edge_that_is_not_up_yet_gets_the_newest_state_later(
    edge: Edge, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.edge.push.RETRY_SECONDS", 0.01)
    host.fails = 3
    edge.start()
    edge.update(state("asr.gonova.one"))
    wait_for(lambda: bool(host.runs))
    edge.close()
    assert host.fails == 0


def test_a_restart_keeps_the_certificates(host: Host, tmp_path: Path) -> None:
    digests = []
    for _ in range(2):
        ca = ensure_ca(tmp_path / "ca")
        fresh = Edge(run=host.run, ca=ca, certificates=tmp_path / "pems", origin=lambda _: ORIGIN)
        fresh.apply(state("asr.gonova.one"))
        digests.append(host.runs[-1][0][-1])
    assert digests[0] == digests[1]


def test_the_edge_trusts_the_origin_ca_beside_the_public_roots() -> None:
    pems = {"gonova.one": (b"certificate", b"key")}
    content = files([site("strict")], pems, b"the Origin CA")

    assert content["origin-ca.pem"] == b"the Origin CA"
    trusted = f"proxy_ssl_trusted_certificate {ROOT}/{content.digest}/trust.pem;"
    assert trusted in content["nginx.conf"].decode()
    apply = (LAB / "templates" / "edge-apply.sh").read_text()
    assert '/etc/ssl/certs/ca-certificates.crt "$new/origin-ca.pem" >"$new/trust.pem"' in apply
