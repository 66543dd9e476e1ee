"""Every rendered configuration of nginx, looked through by gixy-ng."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from components.modes import MODES
from components.rendering import render
from components.reverse_proxy import SiteSpec, VisitorPolicy, render_site
from components.reverse_proxy.site import render_upstreams
from settings import LimitSettings, Settings
from tests.unit.components.samples import STACK, settings
from tests.unit.components.test_site import RANGES, TLS
from tests.unit.components.test_templates import KEYED, SOCKETS, balancer

GIXY = Path(sys.executable).parent / "gixy"
SERIOUS = {"MEDIUM", "HIGH"}
OPTIONS: dict[str, Settings] = {
    "plain": settings(),
    "keyed": KEYED,
    "metrics": settings(services=[{"name": "asr", "metrics_allow": ["198.51.100.0/24"]}]),
    "tight": settings(
        limits={"requests_per_second": 1, "burst": 1, "connections": 1},
        proxy={"stream_timeout": "24h", "connect_timeout": 5},
    ),
}


def configurations() -> Iterator[tuple[str, str]]:
    """Each configuration's name and text: every mode with every option, and what is beside it."""
    ways = itertools.product(MODES, OPTIONS.items(), (False, True), (80, 443))
    for mode, (option, some), hsts, port in ways:
        if mode == "direct-http" and hsts:
            continue
        yield (
            f"{mode}-{option}-{'hsts' if hsts else 'none'}-{port}",
            render_upstreams(stack=STACK, services=some.services, proxy=some.proxy, sockets=SOCKETS)
            + render_site(
                SiteSpec(
                    stack=STACK,
                    services=some.services,
                    proxy=some.proxy,
                    edge_ranges=RANGES if MODES[mode].proxied else (),
                    tls=TLS[mode],
                    policy=VisitorPolicy(limits=LimitSettings(), hsts=hsts),
                ),
                port,
            ),
        )
    yield "catch-all", render("catch-all.conf.j2")
    yield "tls-catch-all", render("tls-catch-all.conf.j2")
    yield (
        "watcher",
        render(
            "watch.conf.j2",
            owner=STACK.owner,
            name="vps-reverse-proxy-watch-dev",
            port=9080,
            outside_port=9081,
            allow=("192.0.2.10/32", "2001:db8::/64"),
        ),
    )
    several = [{"name": "asr", "upstreams": ["127.0.0.1:8001", "127.0.0.1:8011"]}]
    yield "balancer", balancer(settings(services=several, load_balancer={"enabled": True}))


def look_through(folder: Path, texts: dict[str, str]) -> list[dict[str, object]]:
    """What gixy-ng finds in these configurations."""
    for name, text in texts.items():
        (folder / f"{name}.conf").write_text(f"events {{}}\nhttp {{\n{text}\n}}\n")
    done = subprocess.run(
        [GIXY, "--format", "json", *(f"{name}.conf" for name in texts)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    found: list[dict[str, object]] = json.loads(done.stdout or "[]")
    assert done.returncode == (1 if found else 0), done.stderr
    return found


def test_gixy_finds_nothing_of_medium_or_above(tmp_path: Path) -> None:
    texts = dict(configurations())
    assert len(texts) == 76

    found = look_through(tmp_path, texts)

    assert [issue for issue in found if issue["severity"] in SERIOUS] == []


def test_gixy_would_find_what_is_unsafe(tmp_path: Path) -> None:
    text = render("catch-all.conf.j2").replace("return 444;", "return 301 http://$host$uri;")

    found = look_through(tmp_path, {"unsafe": text})

    assert {issue["severity"] for issue in found} & SERIOUS
