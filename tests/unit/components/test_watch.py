"""What the watcher's step puts on the VPS, and who may hear of it."""

import ast
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from components.edge import certificate_generation
from components.rendering import HERE, render
from components.reverse_proxy.keys import key_hash, render_keys
from components.watch import MODULES, metrics_port, metrics_ports
from components.watcher.config import Config, load
from tests.unit.components.conftest import Up
from tests.unit.components.engine import is_secret
from tests.unit.components.samples import settings

RENDERED = Path(__file__).parent / "rendered"
HOOK = "https://hooks.example.org/T0/B0/planted"


def told(up: Up, folder: Path, **sections: Any) -> Config:
    """The configuration as the program on the VPS reads it."""
    stdin = up(**sections)["watch-watcher"].inputs["stdin"]
    assert is_secret(stdin)
    text = stdin["value"].partition("stage config.json <<'")[2].partition("'\n")[2]
    file = folder / "config.json"
    file.write_text(text.partition("\nEND-")[0])
    return load(file)


def test_the_watcher_is_told_all_it_needs(up: Up, tmp_path: Path) -> None:
    config = told(up, tmp_path)

    assert [target.url for target in config.targets] == [
        "wss://asr.gonova.one/v1/stream/asr",
        "wss://tts.gonova.one/v1/stream/tts",
    ]
    assert config.tunnel_folder == "/run/vps-reverse-proxy-dev"
    assert config.account == "tunnel"
    assert config.status_url == "http://127.0.0.1:9080/nginx"
    assert (config.tls_name, config.webhook, config.ntfy) == ("", "", "")


@pytest.mark.parametrize(
    ("mode", "scheme", "name"),
    [("direct-http", "ws", ""), ("strict", "wss", "asr.gonova.one")],
)
def test_it_visits_as_visitors_do_and_looks_at_a_certificate_where_there_is_one(
    up: Up, tmp_path: Path, mode: str, scheme: str, name: str
) -> None:
    config = told(up, tmp_path, edge={"mode": mode})

    assert {target.url.partition(":")[0] for target in config.targets} == {scheme}
    assert config.tls_name == name


@pytest.mark.parametrize(("mode", "days"), [("direct", 14), ("full", 14), ("strict", 30)])
def test_a_certificate_is_told_while_there_is_time_to_renew_it(
    up: Up, tmp_path: Path, mode: str, days: int
) -> None:
    config = told(up, tmp_path, edge={"mode": mode})

    assert (config.certificate_days, config.vps_certificate_days) == (14, days)
    assert config.renewed_by_up == (mode == "strict")


def test_what_up_renews_is_told_when_no_up_has_renewed_it_for_months(
    up: Up, tmp_path: Path
) -> None:
    config = told(up, tmp_path, edge={"mode": "strict"})
    ends = datetime(2027, 11, 23, tzinfo=UTC)
    told_from = ends - timedelta(days=config.vps_certificate_days)
    recorded = {"certificate": {"generation": 1, "expires": ends.isoformat()}}

    assert certificate_generation(recorded, told_from) == 2
    assert certificate_generation(recorded, told_from - timedelta(days=200)) == 2
    assert certificate_generation(recorded, told_from - timedelta(days=214)) == 1


def test_an_exchange_and_the_addresses_of_alerts_reach_it_as_a_secret(
    up: Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("settings.loading.is_encrypted", lambda key: key.endswith(":alerts"))
    service = {"name": "asr", "canary": {"send": "ping", "expect": "pong"}}
    config = told(
        up,
        tmp_path,
        services=[service],
        alerts={"webhook": HOOK, "ntfy": "https://ntfy.sh/planted", "patience": "2m"},
    )

    (target,) = config.targets
    assert (target.send, target.expect) == ("ping", "pong")
    assert (config.webhook, config.ntfy) == (HOOK, "https://ntfy.sh/planted")
    assert config.patience == 120


def test_it_comes_after_the_records_and_can_be_left_out(up: Up) -> None:
    recorder = up()
    (watch,) = recorder.named("Watch")
    records = {record.urn for record in recorder.named("DnsRecord")}

    assert records <= set(watch.options.dependencies)
    assert not up(watch={"enabled": False}).named("Watch")


def test_the_figures_are_for_the_vps_alone_unless_somebody_may_read_them(up: Up) -> None:
    alone, open_ = settings(), settings(watch={"metrics_allow": ["192.0.2.10/32"]})

    assert metrics_ports(alone.watch, alone.services) == ()
    (port,) = metrics_ports(open_.watch, open_.services)
    assert (port.port, port.sources) == (9081, ("192.0.2.10/32",))
    rules = up(watch={"metrics_allow": ["192.0.2.10/32"]})["vps-firewall"].inputs["rules"]
    assert {rule["port"]: rule["sourceIps"] for rule in rules}["9081"] == ["192.0.2.10/32"]
    twice = {"metrics_allow": ["192.0.2.0/24", "192.0.2.10/32", "192.0.2.0/24"]}
    (port,) = metrics_ports(settings(watch=twice).watch, alone.services)
    assert port.sources == ("192.0.2.0/24",)  # Vultr has a rule, and so a name, for each
    off = settings(watch={"metrics_allow": ["192.0.2.10/32"], "enabled": False})
    assert metrics_ports(off.watch, off.services) == ()


def test_the_figures_port_stays_a_port() -> None:
    high = settings(services=[{"name": "asr", "port": 65000}])

    assert metrics_port(high.watch, high.services) == 64000
    last = settings(services=[{"name": "asr", "port": 64534}])
    assert last.watch.ports(64534) == (65534, 65535)
    assert last.watch.ports(64535) == (63535, 63536)
    chosen = settings(watch={"metrics_port": 9999})
    assert metrics_port(chosen.watch, chosen.services) == 9999


@pytest.mark.parametrize(
    ("name", "allow"),
    [("watch.conf", ()), ("watch-open.conf", ("192.0.2.10/32", "2001:db8::/64"))],
)
def test_the_page_with_the_figures(name: str, allow: tuple[str, ...]) -> None:
    text = render(
        "watch.conf.j2",
        owner="vps-reverse-proxy/dev",
        name="vps-reverse-proxy-watch-dev",
        port=9080,
        outside_port=9081,
        allow=allow,
    )

    assert text == (RENDERED / name).read_text(encoding="utf-8")


def test_the_watchers_unit_is_rendered_exactly() -> None:
    text = render(
        "watcher.service.j2",
        owner="vps-reverse-proxy/dev",
        name="vps-reverse-proxy-watch-dev",
        folder="/usr/local/lib/vps-reverse-proxy/watch-dev",
        config="/etc/vps-reverse-proxy/dev-watch.json",
    )

    assert text == (RENDERED / "watcher.service").read_text(encoding="utf-8")


def imported(text: str) -> set[str]:
    """The packages that a module needs beside its own."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found


def test_every_module_of_the_program_is_sent_and_none_needs_another_package() -> None:
    assert "__main__.py" in MODULES
    for module in MODULES:
        text = (HERE / "watcher" / module).read_text(encoding="utf-8")
        assert "from __future__ import annotations" in text or module == "__init__.py"
        assert imported(text) <= sys.stdlib_module_names, module


def test_the_configuration_is_read_as_it_is_written(up: Up, tmp_path: Path) -> None:
    told(up, tmp_path)

    assert json.loads((tmp_path / "config.json").read_text())["stack"] == "vps-reverse-proxy/dev"


def test_where_keys_are_on_the_canary_has_one_of_its_own(
    up: Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("settings.loading.is_encrypted", lambda key: key.endswith(":services"))
    mine, theirs = "k1" + "0123456789abcdef" * 4, "c1" + "0123456789abcdef" * 4
    services = [
        {"name": "asr", "api_keys": {"me": mine}},
        {"name": "tts", "api_keys": {"me": mine, "canary": theirs}},
    ]
    asr, tts = told(up, tmp_path, services=services).targets
    own = asr.headers["Authorization"].removeprefix("Bearer ")

    assert tts.headers == {"Authorization": f"Bearer {theirs}"}
    assert len(own) == 64
    assert own not in {mine, theirs}
    hashes = render_keys(settings(services=services).services)
    assert key_hash(own) in hashes
    assert key_hash(theirs) in hashes
    assert own not in hashes
