"""What the watcher makes of what it sees: history, incidents, files, figures."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from components.watcher import rounds
from components.watcher.canary import Visit
from components.watcher.certificate import not_after, served_expiry
from components.watcher.config import Config, load
from components.watcher.files import KeptFile
from components.watcher.findings import Findings, faults, metrics, status
from components.watcher.history import DAY, History
from components.watcher.incidents import Fault, Incident, Incidents
from components.watcher.metrics import render
from components.watcher.nginx_status import parse_status, read_status
from components.watcher.tunnel import Tunnel

NOW = 1_795_670_000.0
RENDERED = Path(__file__).parent / "metrics.prom"
PAGE = (
    "Active connections: 3 \nserver accepts handled requests\n 10 9 40 \n"
    "Reading: 0 Writing: 1 Waiting: 2 \n"
)
CONFIG: dict[str, Any] = {
    "stack": "p/dev",
    "interval": 30,
    "targets": [
        {"name": "asr", "url": "ws://127.0.0.1:9/", "headers": {}, "send": "", "expect": ""}
    ],
    "tunnel_folder": "/nowhere",
    "connections": 2,
    "account": "no-such-account",
    "tls_name": "",
    "status_url": "http://127.0.0.1:9/nginx",
    "patience": 60,
    "quiet": 300,
    "certificate_days": 14,
    "vps_certificate_days": 14,
    "renewed_by_up": False,
    "webhook": "",
    "ntfy": "",
}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(CONFIG))
    return load(file)


def visit(service: str = "asr", *, at: float = NOW, stage: str = "", **more: Any) -> Visit:
    """A visit that went well unless a stage is told."""
    detail = "HTTP 502" if stage else ""
    return Visit(
        service, f"wss://{service}.gonova.one/", at, stage, detail, ms={"dns": 2.0}, **more
    )


def tunnel(folder: Path, *slots: int) -> Tunnel:
    """A tunnel of two connections, of which these are up."""
    for slot in slots:
        (folder / f"{slot}a").mkdir(exist_ok=True)
        (folder / str(slot)).symlink_to(f"{slot}a")
    made = Tunnel(folder, 2, "no-such-account")
    made.look()
    return made


def found(tunnel: Tunnel, *visits: Visit, **more: Any) -> Findings:
    """A round."""
    usual: dict[str, Any] = {"time": NOW, "certificate_expires": None, "nginx": parse_status(PAGE)}
    return Findings(visits=visits or (visit(),), tunnel=tunnel, **{**usual, **more})


def test_a_wrong_configuration_is_refused_without_its_values(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    for text in ("[]", "{", json.dumps({**CONFIG, "webhok": "https://secret"}), "{}"):
        file.write_text(text)
        with pytest.raises(ValueError, match="is not a configuration") as caught:
            load(file)
        assert "secret" not in repr(caught.value)


def test_a_day_of_visits_is_kept_and_no_more(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    for minute in range(0, 26 * 60, 10):
        history.add(visit(at=NOW + minute * 60, stage="upgrade" if minute < 120 else ""))

    lines = [json.loads(line) for line in history.path.read_text().splitlines()]
    assert lines[-1] == {"t": NOW + 1550 * 60, "service": "asr", "ok": True, "ms": 2.0}
    assert lines[0]["t"] >= NOW + 1550 * 60 - DAY - 3600
    assert history.day("asr", NOW + 1550 * 60) == {"checks": 144, "failed": 0}
    assert history.since("asr") == NOW + 120 * 60


def test_the_history_outlives_a_restart_and_a_line_that_was_cut_short(tmp_path: Path) -> None:
    first = History(tmp_path / "history.jsonl")
    for at, stage in ((NOW - DAY - 60, ""), (NOW - 60, ""), (NOW, "pong")):
        first.add(visit(at=at, stage=stage))
    with first.path.open("a") as file:
        file.write('{"t": 17\n"a text"\n{"t": 1795670000}\n')
    second = History(first.path)
    second.load(NOW)

    assert [entry["t"] for entry in second.visits] == [NOW - 60, NOW]
    assert second.visits[-1]["detail"] == "HTTP 502"
    assert (second.since("asr"), second.since("tts")) == (NOW, None)


def test_a_fault_is_told_once_it_has_lasted_and_once_when_it_is_over(tmp_path: Path) -> None:
    incidents = Incidents(tmp_path / "incidents.json")
    fault = Fault("tunnel", "down", patience=60)

    assert incidents.take([fault], NOW) == []
    assert incidents.take([fault], NOW + 59) == []
    (begun,) = incidents.take([fault], NOW + 60)
    assert (begun.key, begun.since, begun.over) == ("tunnel", NOW, False)
    assert incidents.take([fault], NOW + 90) == []
    (over,) = incidents.take([], NOW + 120)
    assert (over.key, over.over, over.time - over.since) == ("tunnel", True, 120)
    assert incidents.take([], NOW + 150) == []


def test_a_fault_that_did_not_last_is_never_told(tmp_path: Path) -> None:
    incidents = Incidents(tmp_path / "incidents.json")
    incidents.take([Fault("tunnel", "down", 60)], NOW)

    assert incidents.take([], NOW + 30) == []
    assert incidents.take([Fault("tunnel", "down", 60)], NOW + 70) == []


def test_what_was_told_is_not_told_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "incidents.json"
    first = Incidents(path)
    first.take([Fault("tunnel", "down", 0)], NOW)
    first.save()
    again = Incidents(path)
    again.load()

    assert [incident.key for incident in again.told] == ["tunnel"]
    assert again.take([Fault("tunnel", "down", 0)], NOW + 1) == []
    path.write_text("[{")
    again.load()
    assert again.told == []


def test_a_fault_that_was_not_told_before_a_restart_must_last_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "incidents.json"
    first = Incidents(path)
    first.take([Fault("tunnel", "down", 60)], NOW)
    first.save()
    again = Incidents(path)
    again.load()

    assert again.take([Fault("tunnel", "down", 60)], NOW + 3600) == []
    (begun,) = again.take([Fault("tunnel", "down", 60)], NOW + 3660)
    assert begun.since == NOW + 3600


def test_a_connection_is_up_while_its_link_leads_somewhere(tmp_path: Path) -> None:
    seen = tunnel(tmp_path, 0)

    assert seen.paths == {"0": True, "1": False}
    (tmp_path / "0a").rmdir()
    seen.look()
    assert (seen.up, seen.paths["0"]) == (0, False)


def test_a_link_that_was_made_anew_is_a_reconnect(tmp_path: Path) -> None:
    seen = tunnel(tmp_path, 0, 1)
    seen.look()
    assert seen.reconnects == 0

    os.utime(tmp_path / "0", (1, 1), follow_symlinks=False)
    seen.look()
    seen.look()
    assert seen.reconnects == 1


def test_the_tunnels_sessions_are_told_by_their_account(tmp_path: Path) -> None:
    for pid, name in ((10, "sshd-session"), (11, "bash")):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "comm").write_text(f"{name}\n")
    seen = Tunnel(tmp_path, 1, "root")
    seen.look(proc=tmp_path)

    assert seen.sessions == (1 if os.getuid() == 0 else 0)


def test_a_service_behind_a_dead_tunnel_is_the_tunnels_fault(
    config: Config, tmp_path: Path
) -> None:
    down, up = tunnel(tmp_path), tunnel(tmp_path, 0)
    down.began = down.seen = NOW
    broken = visit(stage="upgrade")

    assert [fault.key for fault in faults(config, found(down, broken))] == ["tunnel"]
    (fault,) = faults(config, found(up, broken, visit("tts")))
    assert (fault.key, fault.patience) == ("service:asr", 60)
    assert "upgrade: HTTP 502" in fault.text


def test_a_wsl_host_that_is_not_seen_for_long_is_told_beside_the_tunnel(
    config: Config, tmp_path: Path
) -> None:
    down = tunnel(tmp_path)
    down.began = down.seen = NOW - 299
    assert [fault.key for fault in faults(config, found(down))] == ["tunnel"]

    down.began = down.seen = NOW - 300
    assert [fault.key for fault in faults(config, found(down))] == ["tunnel", "wsl-host"]


def told(*keys: str) -> list[Incident]:
    """Incidents that are open."""
    return [Incident(key, f"words about {key}", NOW - 900, told=True) for key in keys]


def test_a_wsl_host_that_was_told_stays_told_when_the_vps_boots(
    config: Config, tmp_path: Path
) -> None:
    first = tunnel(tmp_path)
    first.seen = NOW - 7200
    first.save(KeptFile(tmp_path / "seen"))
    again = tunnel(tmp_path)
    again.began = NOW - 20
    again.load(tmp_path / "seen")

    assert again.seen == NOW - 7200
    (down, host) = faults(config, found(again), told("tunnel", "wsl-host"))
    assert (down.key, host.key) == ("tunnel", "wsl-host")
    again.seen = NOW - 1
    assert [fault.key for fault in faults(config, found(again), told("wsl-host"))] == ["tunnel"]


def test_a_vps_that_was_off_for_long_waits_before_it_tells_of_the_wsl_host(
    config: Config, tmp_path: Path
) -> None:
    down = tunnel(tmp_path)
    down.began, down.seen = NOW - 20, NOW - 7200

    assert [fault.key for fault in faults(config, found(down))] == ["tunnel"]


@pytest.mark.parametrize("text", ["", "yesterday"])
def test_what_cannot_be_read_of_the_wsl_host_counts_from_now(tmp_path: Path, text: str) -> None:
    begun = tunnel(tmp_path)
    (tmp_path / "seen").write_text(text)
    begun.load(tmp_path / "nothing")
    begun.load(tmp_path / "seen")
    assert begun.began <= begun.seen

    (tmp_path / "seen").write_text(str(begun.began + 3600))  # the clock was put back
    begun.load(tmp_path / "seen")
    assert begun.seen == begun.began


def test_a_service_that_was_told_is_not_over_because_the_tunnel_is_down(
    config: Config, tmp_path: Path
) -> None:
    round_ = found(tunnel(tmp_path), visit(stage="upgrade"), visit("tts", stage="upgrade"))
    kept = faults(config, round_, told("service:asr", "service:gone"))

    assert [fault.key for fault in kept] == ["tunnel", "service:asr"]
    assert kept[1].text == "words about service:asr"


def test_a_certificate_that_was_told_is_not_over_because_nobody_can_read_it(
    config: Config, tmp_path: Path
) -> None:
    up = tunnel(tmp_path, 0)
    unread = found(up, visit(stage="tls"))
    assert faults(config, unread)[1:] == []
    assert [fault.key for fault in faults(config, unread, told("certificate"))][1:] == [
        "certificate"
    ]

    renewed = found(up, visit(certificate_expires=NOW + 90 * DAY))
    assert faults(config, renewed, told("certificate")) == []


def test_a_certificate_with_few_days_left_is_told_whoever_shows_it(
    config: Config, tmp_path: Path
) -> None:
    up = tunnel(tmp_path, 0)
    fresh = visit(certificate_expires=NOW + 15 * DAY)
    assert faults(config, found(up, fresh, certificate_expires=NOW + 14 * DAY)) == []

    (own,) = faults(config, found(up, fresh, certificate_expires=NOW + 13.4 * DAY))
    assert own.text.startswith("the certificate that the VPS shows ends on 2026-12-09, in 13 days")
    (edge,) = faults(config, found(up, visit(certificate_expires=NOW + DAY)))
    assert "the name of asr" in edge.text
    assert "pulumi up" not in own.text + edge.text


def test_where_up_renews_the_certificate_of_the_vps_it_is_told_as_soon_as_that_can_be_done(
    config: Config, tmp_path: Path
) -> None:
    strict = replace(config, vps_certificate_days=30, renewed_by_up=True)
    up = tunnel(tmp_path, 0)
    fresh = visit(certificate_expires=NOW + 20 * DAY)  # the edge renews its own
    assert faults(strict, found(up, fresh, certificate_expires=NOW + 30 * DAY)) == []

    (own,) = faults(strict, found(up, fresh, certificate_expires=NOW + 29.4 * DAY))
    assert own.text.startswith("the certificate that the VPS shows ends on 2026-12-25, in 29 days")
    assert own.text.endswith(": renew it with `pulumi up` on the WSL host")
    both = found(up, visit(certificate_expires=NOW + DAY), certificate_expires=NOW + 2 * DAY)
    (first,) = faults(strict, both)
    assert "the name of asr" in first.text
    assert "pulumi up" not in first.text


def test_the_figures_are_in_prometheus_format(tmp_path: Path) -> None:
    some = tunnel(tmp_path, 0)
    some.seen = NOW
    visits = (visit(certificate_expires=NOW + 90 * DAY), visit("tts", stage="upgrade"))
    round_ = found(some, *visits, certificate_expires=NOW + 30 * DAY)
    told = [Incident("service:tts", "text", NOW, told=True)]

    assert render(metrics(round_, told), "p/dev") == RENDERED.read_text(encoding="utf-8")


def test_without_nginx_its_figures_are_left_out(tmp_path: Path) -> None:
    text = render(metrics(found(tunnel(tmp_path), nginx=None), []), 'p/"dev"')

    assert 'vps_reverse_proxy_nginx_up{stack="p/\\"dev\\""} 0' in text
    assert "nginx_requests" not in text
    assert parse_status("404 Not Found") is None
    assert read_status("http://127.0.0.1:9/nginx") is None


def test_the_status_says_all_of_a_service(config: Config, tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    history.add(visit(stage="upgrade"))
    told = [Incident("service:asr", "text", NOW, told=True)]
    text = status(config, found(tunnel(tmp_path, 1), visit(stage="upgrade")), history, told)

    assert text["services"]["asr"] == {
        "url": "wss://asr.gonova.one/",
        "ok": False,
        "stage": "upgrade",
        "detail": "HTTP 502",
        "since": NOW,
        "checked": NOW,
        "address": "",
        "ms": {"dns": 2.0},
        "total_ms": 2.0,
        "certificate_expires": None,
        "day": {"checks": 1, "failed": 1},
    }
    assert text["tunnel"]["paths"] == {"0": False, "1": True}
    assert text["incidents"] == [{"key": "service:asr", "since": NOW, "text": "text"}]


def test_a_round_leaves_its_files_behind(config: Config, tmp_path: Path) -> None:
    (tmp_path / "seen").write_text(f"{NOW}\n")
    watch = rounds.Watch(config, run=tmp_path, state=tmp_path)
    watch.round()

    assert (
        f'tunnel_seen_timestamp_seconds{{stack="p/dev"}} {NOW:.0f}'
        in (tmp_path / "metrics.prom").read_text()
    )
    assert (tmp_path / "seen").read_text() == f"{NOW}\n"

    status_file = tmp_path / "status.json"
    assert json.loads(status_file.read_text())["services"]["asr"]["stage"] == "connect"
    assert status_file.stat().st_mode & 0o777 == 0o644
    assert "canary_up" in (tmp_path / "metrics.prom").read_text()
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 1


@pytest.mark.parametrize("years", [1, 40])
def test_the_end_of_a_certificate_is_read_in_both_of_its_forms(years: int) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=365 * years)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "asr.gonova.one")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )

    assert not_after(made.public_bytes(Encoding.DER)) == end.timestamp()


def test_where_nothing_is_served_there_is_no_certificate() -> None:
    assert served_expiry("asr.gonova.one", address=("127.0.0.1", 9)) is None
