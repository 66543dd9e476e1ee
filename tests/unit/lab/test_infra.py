"""The lab's central servers, on loopback."""

from __future__ import annotations

import asyncio
import ssl
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest
from dnslib import DNSRecord  # type: ignore[import-untyped] # it has no types

from lab.ca import CertificateAuthority, ensure_ca
from lab.infra.serving import Ports, lab_names, serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lab.clouds.cloudflare import ZoneState
    from lab.machines import FirewallRule, OutboundRule

TOKENS = {
    "hcloud": "h" * 64,
    "vultr": "v" * 36,
    "linode": "l" * 64,
    "digitalocean": "d" * 64,
    "cloudflare": "c" * 40,
}
DEADLINE = 20.0  # seconds


class NoMachines:
    """A lab whose machines nobody asks for."""

    def create(self, name: str, **_: str | None) -> None:
        raise AssertionError(name)

    def rebuild(self, name: str, *, image: str) -> None:
        raise AssertionError(name, image)

    def set_firewall(
        self,
        name: str,
        rules: Sequence[FirewallRule] | None,
        *,
        outbound: Sequence[OutboundRule] | None = None,
    ) -> None:
        raise AssertionError(name, rules, outbound)

    def running(self, name: str) -> bool:
        raise AssertionError(name)

    def start(self, name: str) -> None:
        raise AssertionError(name)

    shut_down = power_off = reboot = delete = start


@dataclass
class Infra:
    """A running one."""

    ports: Ports
    ca: CertificateAuthority
    states: list[ZoneState]
    directory: Path

    def api(self, host: str, path: str, token: str = "none") -> httpx.Response:
        """GET from an API, connected to loopback but asked for under its real name."""
        context = ssl.create_default_context(cafile=str(self.ca.root_file))
        with httpx.Client(verify=context) as http:
            return http.get(
                f"https://127.0.0.1:{self.ports.https}{path}",
                headers={"host": host, "authorization": f"Bearer {token}"},
                extensions={"sni_hostname": "api.cloudflare.com"},
            )

    def file(self, host: str, path: str, **headers: str) -> httpx.Response:
        """GET from the archive."""
        url = f"http://127.0.0.1:{self.ports.http}{path}"
        return httpx.get(url, headers={"host": host, **headers})


@pytest.fixture(scope="module")
def infra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infra]:
    """One for all tests here: they only look."""
    tmp_path = tmp_path_factory.mktemp("infra")
    archive = tmp_path / "archive"
    (archive / "debian").mkdir(parents=True)
    (archive / "debian" / "Release").write_bytes(b"0123456789")
    ca = ensure_ca(tmp_path)
    states: list[ZoneState] = []
    started = threading.Event()
    found: list[Ports] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def ready(ports: Ports) -> None:
        found.append(ports)
        started.set()

    serving = serve(
        listen=["127.0.0.1", "::1"],
        ports=Ports(dns=0, http=0, https=0),
        directory=tmp_path,
        tokens=TOKENS,
        machines=NoMachines(),
        names=lab_names(),
        on_zones=states.append,
        ca=ca,
        archive=archive,
        ready=ready,
        stop=stop,
    )
    thread = threading.Thread(target=loop.run_until_complete, args=(serving,))
    thread.start()
    assert started.wait(DEADLINE), "it does not listen"
    yield Infra(found[0], ca, states, tmp_path)
    loop.call_soon_threadsafe(stop.set)
    thread.join(DEADLINE)
    assert not thread.is_alive(), "it does not end"
    loop.close()


def test_each_api_answers_under_its_own_name_with_a_good_certificate(infra: Infra) -> None:
    verify = infra.api("api.cloudflare.com", "/client/v4/user/tokens/verify", TOKENS["cloudflare"])
    assert verify.json()["result"]["status"] == "active"
    servers = infra.api("api.hetzner.cloud", "/v1/servers", TOKENS["hcloud"])
    assert servers.json()["servers"] == []


def test_another_host_is_misdirected(infra: Infra) -> None:
    assert infra.api("api.example.org", "/").status_code == 421
    assert infra.file("www.example.org", "/debian/Release").status_code == 421


def test_one_clouds_token_does_not_open_another(infra: Infra) -> None:
    assert infra.api("api.hetzner.cloud", "/v1/servers", TOKENS["cloudflare"]).status_code == 401


@pytest.mark.parametrize("host", ["deb.debian.org", "security.ubuntu.com"])
def test_the_archive_is_served_as_apt_asks(infra: Infra, host: str) -> None:
    whole = infra.file(host, "/debian/Release")
    assert whole.content == b"0123456789"
    part = infra.file(host, "/debian/Release", range="bytes=4-")
    assert (part.status_code, part.content) == (206, b"456789")
    since = {"if-modified-since": whole.headers["last-modified"]}
    assert infra.file(host, "/debian/Release", **since).status_code == 304
    assert infra.file(host, "/debian/Packages").status_code == 404
    assert infra.file(host, "/debian/%2e%2e/%2e%2e/tokens.json").status_code == 404


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("name", ["api.cloudflare.com", "api.hetzner.cloud", "deb.debian.org"])
def test_the_fixed_names_point_to_infra(infra: Infra, address: str, name: str) -> None:
    for kind, expected in (("A", "192.0.2.53"), ("AAAA", "2001:db8:53::1")):
        query = DNSRecord.question(name, kind)
        wire = query.send(address, infra.ports.dns, timeout=5, ipv6=":" in address)
        assert [str(rr.rdata) for rr in DNSRecord.parse(wire).rr] == [expected]


def test_the_edge_is_told_the_zones_from_the_start(infra: Infra) -> None:
    assert infra.states[0].zone_of("asr.gonova.one") is not None


def test_its_key_is_its_own(infra: Infra) -> None:
    assert (infra.directory / "infra.pem").stat().st_mode & 0o777 == 0o600
