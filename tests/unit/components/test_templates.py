"""Every file that lands on a machine, exactly."""

import ipaddress
import re
import subprocess
from pathlib import Path

import jinja2
import pytest

from components.access_log import access_log_files
from components.load_balancer import render_load_balancer
from components.naming import StackName
from components.rendering import TEMPLATES, render, script
from components.reverse_proxy import (
    Acme,
    NoTls,
    SelfSigned,
    SiteSpec,
    Tls,
    VisitorPolicy,
    render_site,
)
from components.reverse_proxy.site import acme_files, render_upstreams, tls_files
from components.sockets import OPEN_FILES, WORLD_WRITABLE, Sockets
from components.tunnel_service import Forward, render_config, render_known_hosts
from settings import Settings
from tests.unit.components.samples import OTHER_STACK, POLICY, STACK, settings

RENDERED = Path(__file__).parent / "rendered"
EDGE = ("198.51.100.0/24", "2001:db8:ed6e::/48")
ACME = Acme(directory="https://acme.example.org/dir", email="me@gonova.one", patience=300)
SOCKETS = Sockets(stack=STACK, connections=2)
KEYED = settings(
    services=[
        {"name": "asr", "api_keys": {"alice": "A" * 8 + "0123456789abcdef" * 2}},
        {"name": "tts"},
    ]
)
PUBLIC_KEY = "ssh-ed25519 AAAATUNNEL vps-tunnel@wsl"


def expected(name: str) -> str:
    """What a template is to become."""
    return (RENDERED / name).read_text(encoding="utf-8")


def site(
    some: Settings,
    *,
    trusted: tuple[str, ...] = EDGE,
    stack: StackName = STACK,
    tls: Tls = NoTls(),  # noqa: B008 - it is frozen
    port: int = 80,
    policy: VisitorPolicy = POLICY,
) -> str:
    """The sites on the VPS."""
    spec = SiteSpec(
        stack=stack,
        services=some.services,
        proxy=some.proxy,
        edge_ranges=trusted,
        tls=tls,
        policy=policy,
    )
    return render_site(spec, port)


def balancer(some: Settings, *, stack: StackName = STACK) -> str:
    """The sites on the WSL host."""
    return render_load_balancer(
        stack=stack, services=some.services, proxy=some.proxy, limits=some.limits, port=80
    )


def test_the_sites_behind_an_edge() -> None:
    assert site(settings()) == expected("site-behind-edge.conf")


def test_the_sites_behind_an_edge_that_speaks_tls_to_the_vps() -> None:
    some = settings()

    assert site(some, tls=SelfSigned()) == expected("site-behind-tls-edge.conf")
    assert site(some, tls=SelfSigned(), port=443) == expected("tls-behind-edge.conf")


def test_the_sites_without_an_edge_believe_nobody_about_the_visitor() -> None:
    text = site(settings(), trusted=())

    assert text == expected("site-direct.conf")
    assert "real_ip" not in text


def test_the_sites_of_a_service_with_keys() -> None:
    text = site(KEYED, trusted=())

    assert text == expected("site-keyed.conf")
    assert "0123456789abcdef" not in text


def test_the_sites_without_an_edge_that_speak_tls_themselves() -> None:
    some = settings()

    assert site(some, trusted=(), tls=ACME) == expected("site-direct-acme.conf")
    assert site(some, trusted=(), tls=ACME, port=443) == expected("tls-direct.conf")


def test_what_comes_with_the_site_on_port_443() -> None:
    some = settings()
    files = tls_files(
        SiteSpec(
            stack=STACK,
            services=some.services,
            proxy=some.proxy,
            edge_ranges=(),
            tls=ACME,
            policy=POLICY,
        )
    )

    assert files == {
        "tls.conf": expected("tls-direct.conf"),
        "tls-catch-all.conf": expected("tls-catch-all.conf"),
        "names.map": expected("names.map"),
    }


def test_what_renews_a_certificate() -> None:
    files = acme_files(stack=STACK, hostnames=["asr.gonova.one", "tts.gonova.one"], tls=ACME)

    assert files.pop("renew") == script("acme-renew.sh")
    assert files == {name: expected(name) for name in ("acme.conf", "acme.service", "acme.timer")}


def test_what_a_shell_reads_of_the_renewal_is_quoted() -> None:
    """The file is sourced as root; a directory is a person's own text."""
    hostile = Acme(directory="https://x/$(id);'", email="a b;`id`@gonova.one", patience=300)
    text = acme_files(stack=STACK, hostnames=["asr.gonova.one"], tls=hostile)["acme.conf"]
    echo = 'printf "%s\\n" "$stack" "$directory" "$email" "$hostnames"\n'
    done = subprocess.run(
        ["bash", "-u"], input=text + echo, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == [
        STACK.owner,
        hostile.directory,
        hostile.email,
        "asr.gonova.one",
    ]


def test_the_catch_all_closes_the_connection() -> None:
    assert render("catch-all.conf.j2") == expected("catch-all.conf")


def test_what_keeps_the_access_log_bounded() -> None:
    files = access_log_files(STACK)

    assert files == {name: expected(name) for name in files}
    assert STACK.names.access_log in files["access-log.rotate"]


def test_the_load_balancer_with_two_instances() -> None:
    services = [
        {"name": "asr", "upstreams": ["127.0.0.1:8001", "192.0.2.7:8001"], "stream_timeout": "2h"},
        {"name": "tts"},
    ]
    some = settings(services=services, load_balancer={"enabled": True})
    text = balancer(some, stack=STACK)

    assert text == expected("load-balancer.conf")


@pytest.mark.parametrize("upstreams", [["localhost:8001"], ["127.0.0.1:8001", "192.0.2.7:8001"]])
def test_no_call_that_fails_everywhere_takes_a_service_from_everybody(upstreams: list[str]) -> None:
    """A server that failed is left alone, and with all of them left alone nginx answers 502."""
    some = settings(
        services=[{"name": "asr", "upstreams": upstreams}], load_balancer={"enabled": True}
    )
    servers = re.findall(r"^ +server (\S+:\d+)(.*);", balancer(some, stack=STACK), re.MULTILINE)

    assert [where for where, how in servers if "max_fails=0" in how] == upstreams
    assert [where for where, how in servers if "backup" not in how] == upstreams


def test_timeouts_are_the_settings() -> None:
    services = [{"name": "asr", "stream_timeout": "2h"}, {"name": "tts"}]
    text = site(settings(services=services, proxy={"stream_timeout": 300, "connect_timeout": 7}))

    assert text.count("proxy_read_timeout 7200s;") == 1
    assert text.count("proxy_read_timeout 300s;") == 1
    assert text.count("proxy_connect_timeout 7s;") == 6


def test_no_variable_of_nginx_starts_with_a_digit() -> None:
    """A stack may be called 2024-prod, and `$2024_...` is the capture $2 to nginx."""
    some = settings()
    text = balancer(some, stack=OTHER_STACK)
    for tls, port in ((NoTls(), 80), (SelfSigned(), 80), (SelfSigned(), 443), (ACME, 80)):
        text += site(some, stack=OTHER_STACK, tls=tls, port=port)

    assert "$stack_2024_prod_" in text
    assert "$tls_2024_prod_" in text
    assert not re.search(r"\$[0-9]\w", text)


@pytest.mark.parametrize(("instances", "kilobytes"), [(1, 64), (8, 64), (60, 480)])
def test_the_load_balancer_has_room_for_every_instance(instances: int, kilobytes: int) -> None:
    """Each stands there twice; nginx takes some 4 KB for one whose name has two addresses."""
    upstreams = [f"asr-{number}.example:8000" for number in range(instances)]
    some = settings(
        services=[{"name": "asr", "upstreams": upstreams}], load_balancer={"enabled": True}
    )
    text = balancer(some)

    assert f"    zone dev_asr {kilobytes}k;" in text


def test_what_sshd_lets_the_tunnel_do() -> None:
    text = render("sshd.conf.j2", owner=STACK.owner, account="tunnel")

    assert text == expected("sshd.conf")


def test_the_line_of_the_tunnels_key() -> None:
    assert render("authorized_keys.j2", public_key=PUBLIC_KEY) == (
        f"restrict,port-forwarding {PUBLIC_KEY}\n"
    )


def test_where_the_tunnel_ends_on_the_vps() -> None:
    some = settings()
    upstreams = render_upstreams(
        stack=STACK, services=some.services, proxy=some.proxy, sockets=SOCKETS
    )

    assert upstreams == expected("services.conf")


def test_the_folders_of_the_sockets_and_how_many_there_may_be() -> None:
    folders = render(
        "tmpfiles.conf.j2",
        owner=STACK.owner,
        account="tunnel",
        directory=SOCKETS.directory,
        folders=SOCKETS.folders,
        world_writable=WORLD_WRITABLE,
    )
    limits = render("limits.conf.j2", owner=STACK.owner, account="tunnel", open_files=OPEN_FILES)
    room = render(
        "sockets.mount.j2",
        owner=STACK.owner,
        directory=SOCKETS.directory,
        names=SOCKETS.most_names(2),
    )

    assert folders == expected("tmpfiles.conf")
    assert room == expected("sockets.mount")
    assert limits == expected("limits.conf")
    assert render("kernel.conf.j2") == expected("kernel.conf")


def test_the_holder_is_told_its_sockets_and_where_they_lead() -> None:
    forwards = [
        Forward(name="asr", target="127.0.0.1:8001"),
        Forward(name="tts", target="[::1]:8002"),
    ]

    assert render_config(sockets=SOCKETS, forwards=forwards) == expected("config.json")


def test_the_tunnels_ssh_config_is_the_golden_one() -> None:
    text = render(
        "ssh_config.j2",
        owner=STACK.owner,
        unit="vps-tunnel",
        address="203.0.113.16",
        port=2222,
        account="tunnel",
    )

    assert text == expected("ssh_config")


def test_the_tunnels_unit_is_the_golden_one_and_begins_with_its_owner() -> None:
    text = render("tunnel.service.j2", owner=STACK.owner, unit="vps-tunnel", open_files=OPEN_FILES)

    assert text == expected("tunnel.service")
    # The preflight and the script both look for this whole line.
    assert text.splitlines()[0] == "# Owned by vps-reverse-proxy stack vps-reverse-proxy/dev"


def test_the_known_host_is_the_pinned_key_under_an_alias_without_a_port() -> None:
    assert render_known_hosts(alias="vps-tunnel", host_key="ssh-ed25519 AAAA root@vps\n") == (
        "vps-tunnel ssh-ed25519 AAAA\n"
    )


def test_a_missing_value_is_an_error_in_every_template_that_has_one() -> None:
    for path in TEMPLATES.glob("*.j2"):
        if "{{" not in path.read_text(encoding="utf-8"):
            continue
        with pytest.raises(jinja2.UndefinedError):
            render(path.name)


def test_the_trusted_addresses_of_the_samples_are_of_both_families() -> None:
    """The two families are written alike in nginx; a sample with one would prove half."""
    assert {ipaddress.ip_network(one).version for one in EDGE} == {4, 6}
