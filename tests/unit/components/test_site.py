"""What nginx and the host's firewall are told, mode by mode."""

import re

import pulumi
import pytest

from components.modes import MODES
from components.reverse_proxy import (
    Acme,
    NoTls,
    OriginCa,
    SelfSigned,
    SiteSpec,
    Tls,
    render_site,
    tls_for,
)
from components.reverse_proxy.site import acme_files, tls_files
from settings import EdgeSettings
from tests.unit.components.samples import POLICY, STACK, settings

RANGES = ("198.51.100.0/24", "2001:db8:ed6e::/48")
SETTINGS = settings()
ACME = Acme(directory="https://acme.example.org/dir", email="me@gonova.one", patience=300)
SECRET = pulumi.Output.secret("pem")
ORIGIN_CA = OriginCa(certificate=SECRET, private_key=SECRET)
TLS: dict[str, Tls] = {
    "direct-http": NoTls(),
    "direct": ACME,
    "flexible": NoTls(),
    "full": SelfSigned(),
    "strict": ORIGIN_CA,
}
PROXIED = ["flexible", "full", "strict"]
DIRECT = ["direct-http", "direct"]


def spec(mode: str) -> SiteSpec:
    """What is served in a mode."""
    return SiteSpec(
        stack=STACK,
        services=SETTINGS.services,
        proxy=SETTINGS.proxy,
        edge_ranges=RANGES if MODES[mode].proxied else (),  # type: ignore[index]  # a mode
        tls=TLS[mode],
        policy=POLICY,
    )


def site(mode: str, port: int = 80) -> str:
    """The configuration of a mode on a port."""
    return render_site(spec(mode), port)


@pytest.mark.parametrize("mode", PROXIED)
@pytest.mark.parametrize("port", [80, 443])
def test_behind_the_edge_nobody_else_is_answered_or_believed(mode: str, port: int) -> None:
    text = site(mode, port)
    servers = text.split("server {")[1:]

    assert len(servers) == 2
    for server in servers:
        assert re.search(r"if \(\$\w+_stranger\) \{\s+return 444;", server)
        assert "real_ip_header CF-Connecting-IP;" in server
        assert all(f"set_real_ip_from {one};" in server for one in RANGES)
    assert "geo $realip_remote_addr" in text  # not what the edge's header has made of it


@pytest.mark.parametrize("mode", DIRECT)
def test_without_an_edge_nothing_a_visitor_claims_is_passed_on(mode: str) -> None:
    text = site(mode)

    assert "real_ip" not in text
    assert 'proxy_set_header CF-Connecting-IP "";' in text
    assert "X-Forwarded-For $remote_addr;" in text
    assert "$proxy_add_x_forwarded_for" not in text


@pytest.mark.parametrize("mode", ["direct-http", "flexible"])
def test_a_mode_without_a_certificate_sends_nobody_to_https(mode: str) -> None:
    assert "https://" not in site(mode)


@pytest.mark.parametrize("mode", ["full", "strict"])
def test_behind_the_edge_only_a_visitor_who_came_by_http_is_sent_to_https(mode: str) -> None:
    text = site(mode)

    assert 'map "$stack_dev_has_tls:$stack_dev_scheme" $stack_dev_to_https {' in text
    assert re.search(r"default 0;\s+1:http 1;\s+}", text)
    assert "acme-challenge" not in text


def test_the_acme_servers_questions_are_answered_on_port_80() -> None:
    text = site("direct")

    assert "~^1:/\\.well-known/acme-challenge/ 0;" in text
    assert text.count("root /var/lib/vps-reverse-proxy/tls-dev/webroot;") == 2
    assert "acme-challenge" not in site("direct", 443)


@pytest.mark.parametrize("mode", ["direct", "full", "strict"])
def test_port_443_speaks_tls_with_the_stacks_certificate_and_redirects_nobody(mode: str) -> None:
    text = site(mode, 443)

    assert text.count("listen 443 ssl;") == 2
    assert "listen 80" not in text
    assert text.count("ssl_certificate /var/lib/vps-reverse-proxy/tls-dev/tls.pem;") == 2
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in text
    assert "return 301" not in text
    assert "http2" not in text


@pytest.mark.parametrize("mode", ["direct", "full", "strict"])
def test_the_two_sites_share_no_variable(mode: str) -> None:
    own = [set(re.findall(r"\$((?:stack|tls)_\w+)", site(mode, port))) for port in (80, 443)]

    assert own[0]
    assert own[1]
    assert not own[0] & own[1]


@pytest.mark.parametrize("mode", sorted(MODES))
def test_streams_are_never_cut_by_a_reload(mode: str) -> None:
    assert "worker_shutdown_timeout" not in site(mode) + site(mode, 443)


def test_an_unknown_name_gets_neither_certificate_nor_answer() -> None:
    files = tls_files(spec("direct"))

    assert "ssl_reject_handshake on;" in files["tls-catch-all.conf"]
    assert "return 444;" in files["tls-catch-all.conf"]
    assert files["names.map"] == "asr.gonova.one 1;\ntts.gonova.one 1;\n"


def test_the_renewal_knows_what_to_ask_for() -> None:
    files = acme_files(stack=STACK, hostnames=["asr.gonova.one", "tts.gonova.one"], tls=ACME)

    assert files["acme.conf"].splitlines()[1:] == [
        "stack=vps-reverse-proxy/dev",
        "directory=https://acme.example.org/dir",
        "email=me@gonova.one",
        "hostnames='asr.gonova.one tts.gonova.one'",
    ]
    assert "ExecStart=/bin/bash /var/lib/vps-reverse-proxy/tls-dev/renew" in files["acme.service"]
    assert "OnCalendar=*-*-* 00/12:00:00" in files["acme.timer"]


@pytest.mark.parametrize("mode", sorted(MODES))
def test_each_mode_has_its_kind_of_certificate(mode: str) -> None:
    edge = EdgeSettings.model_validate({"mode": mode})

    tls = tls_for(edge, certificate=SECRET, private_key=SECRET)

    assert tls.kind == MODES[edge.mode].certificate


def test_an_origin_ca_mode_without_a_certificate_is_refused() -> None:
    with pytest.raises(ValueError, match="Origin CA"):
        tls_for(EdgeSettings.model_validate({"mode": "strict"}))


def test_records_made_by_hand_are_waited_for_longer() -> None:
    by_hand = tls_for(EdgeSettings.model_validate({"mode": "direct", "dns": "manual"}))
    own = tls_for(EdgeSettings.model_validate({"mode": "direct"}))

    assert isinstance(by_hand, Acme)
    assert isinstance(own, Acme)
    assert by_hand.patience > own.patience
