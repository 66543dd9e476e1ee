"""The findings of each check, from facts alone."""

import re
from dataclasses import replace
from inspect import isfunction
from types import ModuleType
from typing import Any

import pytest

from components.drift import report as drift
from components.drift.look import HostLook
from components.modes import MODES
from components.windows import asleep
from components.windows.idle_timeouts import INSTANCE, VM
from ops.doctor import host_checks, path_checks, watcher_checks
from ops.doctor.checking import _OF_FACTS, check
from ops.doctor.finding import Finding
from ops.health.facts import Disk, Facts, Listener, Peer, Seen, Unit, Updates, Visit
from ops.health.judging import judge
from ops.health.requests import vps_request
from ops.sending import Unreached
from tests.unit.ops.health.support import (
    ADDRESS,
    DAY,
    DEAD,
    EDGE,
    HEALTHY,
    NOW,
    RUNS,
    STOPPED,
    STREAM,
    answers,
    operations,
    vps,
    well,
    wsl,
)

FIREWALL = "vps-reverse-proxy-dev-firewall.service"
PEM = "/var/lib/vps-reverse-proxy/tls-dev/tls.pem"
LISTENING = tuple(
    Listener(protocol="tcp", address="0.0.0.0", port=port, program="x") for port in (22, 80, 8080)
)


def findings(facts: Facts) -> list[Finding]:
    return check(facts, judge(facts))


def found(facts: Facts, name: str) -> Finding:
    return next(one for one in findings(facts) if one.check == name)


def there(**changed: Any) -> Seen:
    return Seen(facts=vps(**{"listeners": LISTENING, **changed}), ahead=0.0)


def here(**changed: Any) -> Seen:
    return Seen(facts=wsl(**changed))


def quiet(**changed: Any) -> Facts:
    return well(**{"vps": there(), **changed})


@pytest.mark.parametrize("module", [host_checks, path_checks, watcher_checks])
def test_every_check_is_run(module: ModuleType) -> None:
    checks = {
        each
        for name, each in vars(module).items()
        if isfunction(each) and re.fullmatch(r"[a-z]\w*_checks?", name)
    }

    assert checks
    assert checks <= {path_checks.hop_checks, *_OF_FACTS}


def test_a_healthy_stack_has_nothing_but_good_findings_without_remedies() -> None:
    ours = [one for one in vps().listeners or () if one.port != 443]  # mode flexible has no 443
    all_of_them = findings(well(vps=there(listeners=ours)))

    assert {one.level for one in all_of_them} == {"ok"}
    assert not any(one.remedy for one in all_of_them)
    assert all(one.evidence for one in all_of_them)


def test_the_worst_finding_comes_first() -> None:
    facts = quiet(visits=answers(502), vps=there(units={"nginx.service": STOPPED}))
    levels = [one.level for one in findings(facts)]

    assert levels[0] == "broken"
    assert levels == sorted(levels, key=["broken", "warning", "unknown", "ok"].index)


def test_a_broken_hop_is_a_finding_with_its_cause() -> None:
    finding = found(quiet(vps=DEAD, visits=answers(522)), "the VPS")

    assert finding.level == "broken"
    assert finding.evidence.startswith("vps-silent: ")
    assert finding.remedy


def test_a_stream_that_fails_where_http_comes_through_is_a_finding_of_its_own() -> None:
    refused = replace(STREAM, status=400, failed="upgrade", error="status")
    visit = Visit(addresses=(EDGE,), health=HEALTHY, stream=refused)
    finding = found(quiet(visits={"asr": visit}), "WebSocket of asr")

    assert finding.level == "broken"
    assert "answers HTTP 400" in finding.evidence


@pytest.mark.parametrize(("rtt", "level"), [(12.0, "ok"), (60.0, "ok"), (61.0, "warning")])
def test_the_latency_is_measured_by_the_guides_table(rtt: float, level: str) -> None:
    facts = quiet(wsl=here(moved={ADDRESS: Peer(sent=200, again=0, rtt_ms=rtt)}))

    assert found(facts, "latency").level == level


@pytest.mark.parametrize(("restarts", "level"), [(0, "ok"), (3, "ok"), (4, "warning")])
def test_a_tunnel_that_is_started_again_and_again_is_warned_about(
    restarts: int, level: str
) -> None:
    unit = Unit(known=True, active="active", restarts=restarts, since=NOW)
    facts = quiet(wsl=here(units={**wsl().units, "vps-tunnel.service": unit}))

    assert found(facts, "tunnel's steadiness").level == level


@pytest.mark.parametrize(("ahead", "level"), [(0.4, "ok"), (-6.0, "broken"), (400.0, "broken")])
def test_clocks_may_differ_by_seconds(ahead: float, level: str) -> None:
    facts = quiet(vps=Seen(facts=vps(listeners=LISTENING), ahead=ahead))

    assert found(facts, "clocks").level == level


@pytest.mark.parametrize(
    ("free", "left", "level"),
    [(50, 900, "ok"), (9, 900, "warning"), (1, 900, "broken"), (50, 50, "warning")],
)
def test_a_disk_is_warned_about_before_it_is_full(free: int, left: int, level: str) -> None:
    disk = Disk(place="/", size=100, free=free, files=1000, left=left)

    assert found(quiet(vps=there(disks=(disk,))), "disk of the VPS").level == level
    assert found(quiet(wsl=here(disks=(disk,))), "disk of this machine").level == level


def test_a_host_without_disks_told_nothing() -> None:
    assert found(quiet(vps=there(disks=())), "disk of the VPS").level == "unknown"


@pytest.mark.parametrize(
    ("mode", "days", "level", "words"),
    [
        ("direct", 15, "ok", "15 days left"),
        ("direct", 13, "warning", "13 days left"),
        ("strict", 31, "ok", "31 days left"),
        ("strict", 29, "warning", "29 days left"),
        ("strict", -2, "broken", "ended 2 days ago"),
    ],
)
def test_a_certificate_is_warned_about_while_there_is_time_to_renew_it(
    mode: str, days: float, level: str, words: str
) -> None:
    facts = quiet(operations=operations(mode=mode), vps=there(certificates={PEM: NOW + days * DAY}))
    finding = found(facts, "certificate on the VPS")

    assert (finding.level, finding.evidence) == (level, words)


@pytest.mark.parametrize(
    ("updates", "level"),
    [
        (Updates(packages=(), security=0, reboot=False), "ok"),
        (Updates(packages=("curl",), security=0, reboot=False), "ok"),
        (Updates(packages=("curl",), security=1, reboot=False), "warning"),
        (Updates(packages=(), security=0, reboot=True), "warning"),
    ],
)
def test_updates_for_security_and_reboots_that_wait_are_warned_about(
    updates: Updates, level: str
) -> None:
    finding = found(quiet(vps=there(updates=updates)), "updates of the VPS")

    assert finding.level == level
    assert ("sudo reboot" in finding.remedy) == updates.reboot


@pytest.mark.parametrize(
    ("unit", "loaded", "level"),
    [(RUNS, True, "ok"), (STOPPED, True, "broken"), (RUNS, False, "broken")],
)
def test_a_firewall_of_the_stack_must_be_loaded(unit: Unit, loaded: bool, level: str) -> None:  # noqa: FBT001 - a table
    units = {**vps().units, FIREWALL: unit}
    facts = quiet(vps=there(units=units, tables={"vps_reverse_proxy_dev": loaded}))

    assert found(facts, "firewall of the VPS").level == level


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("loaded", "level"), [(True, "ok"), (False, "broken")])
def test_a_firewall_is_looked_for_in_every_mode(mode: str, loaded: bool, level: str) -> None:  # noqa: FBT001 - a table
    asked = vps_request(operations(mode=mode))
    tables = dict.fromkeys(asked["tables"], loaded)
    units = {**vps().units, **dict.fromkeys(asked["units"], RUNS)}
    facts = replace(quiet(vps=there(units=units, tables=tables)), operations=operations(mode=mode))

    assert found(facts, "firewall of the VPS").level == level


def test_a_stack_without_a_firewall_of_its_own_has_no_such_finding() -> None:
    unknown = Unit(known=False, active="inactive")
    facts = quiet(vps=there(units={**vps().units, FIREWALL: unknown}))

    assert "firewall of the VPS" not in {one.check for one in findings(facts)}


def test_what_listens_to_others_and_is_not_ours_is_warned_about() -> None:
    strange = Listener(protocol="tcp", address="0.0.0.0", port=5432, program="postgres")
    finding = found(quiet(vps=there(listeners=(*LISTENING, strange))), "ports")

    assert finding.level == "warning"
    assert finding.evidence == "postgres listens on the VPS to others: 0.0.0.0 5432/tcp"


def test_a_configuration_that_nginx_would_refuse_is_warned_about_while_it_runs() -> None:
    facts = quiet(vps=there(nginx_trouble="nginx: [emerg] unknown directive"))
    finding = found(facts, "nginx's configuration on the VPS")

    assert (finding.level, finding.evidence) == ("warning", "nginx: [emerg] unknown directive")


KEPT = asleep.Facts(
    settings={INSTANCE: "-1", VM: "-1"}, wsl_version=(2, 6, 3), task="a task", held=True
)


@pytest.mark.parametrize(
    ("windows", "level"),
    [
        (KEPT, "ok"),
        (replace(KEPT, task=""), "warning"),
        (replace(KEPT, held=False), "warning"),
        (replace(KEPT, settings={VM: "-1"}), "warning"),
        (replace(KEPT, silent="Exec format error"), "unknown"),
    ],
)
def test_a_wsl_that_windows_may_end_is_warned_about(windows: asleep.Facts, level: str) -> None:
    assert found(quiet(windows=windows), "WSL's sleep").level == level


def test_a_machine_that_is_no_wsl_does_not_sleep() -> None:
    assert "WSL's sleep" not in {one.check for one in findings(quiet())}


def test_hosts_that_tell_nothing_have_no_findings_beside_their_hops() -> None:
    nothing = Unreached(reason="failed", words="no python here")
    names = {one.check for one in findings(quiet(vps=nothing, wsl=nothing))}

    assert not names & {"disk of the VPS", "clocks", "ports", "latency", "updates of the VPS"}


def test_a_port_that_should_be_there_and_is_not_is_warned_about() -> None:
    without = tuple(one for one in LISTENING if one.port != 8080)
    finding = found(quiet(vps=there(listeners=without)), "ports")

    assert finding.level == "warning"
    assert finding.evidence == "nobody listens on the VPS on port 8080: nginx's way to asr"


def test_ports_that_could_not_be_asked_for_are_no_finding() -> None:
    assert found(quiet(wsl=here(listeners=None)), "ports").level == "ok"


def watched(unit: Unit | None = RUNS, status: object = None, **changed: Any) -> Facts:
    """A stack with a watcher that is as given."""
    units = {**vps().units, **({"vps-reverse-proxy-watch-dev.service": unit} if unit else {})}
    states = {"/run/vps-reverse-proxy-watch-dev/status.json": status}
    stack = operations(metrics_ports=[9080])
    listening = (*LISTENING, replace_port(LISTENING[0], 9080))
    seen = there(units=units, states=states, listeners=listening)
    return quiet(**{"operations": stack, "vps": seen, **changed})


def replace_port(listener: Listener, port: int) -> Listener:
    return listener.model_copy(update={"port": port})


def status(age: float = 5.0, /, **service: object) -> dict[str, object]:
    """What the watcher writes; its round ended `age` seconds ago."""
    mine = {"ok": True, "stage": "", "detail": "", "since": NOW - 900, "checked": NOW - age}
    return {"time": NOW - age, "interval": 30.0, "services": {"asr": {**mine, **service}}}


FAILS = {"ok": False, "stage": "connect", "detail": "timed out"}


@pytest.mark.parametrize(
    ("facts", "level", "words"),
    [
        (watched(status=status()), "ok", "last round 5 s ago"),
        (watched(STOPPED, status()), "broken", "is inactive: no alert is sent"),
        (watched(None, status()), "broken", "is not there: no alert is sent"),
        (watched(status=None), "broken", "it has told nothing yet"),
        (watched(status=status(89)), "ok", "last round 89 s ago"),
        (watched(status=status(600)), "broken", "its last round was 10 min ago"),
        (watched(status=status(**FAILS)), "warning", "asr since 07:45 UTC (connect: timed out)"),
        # The last visit alone: it may be a hiccup.
        (watched(status=status(**FAILS, since=NOW - 5)), "ok", "last round"),
        # What this machine sees, too, its hops say.
        (watched(status=status(**FAILS), visits=answers(502)), "ok", "last round"),
    ],
)
def test_a_watcher_that_does_not_watch_or_sees_otherwise_is_told(
    facts: Facts, level: str, words: str
) -> None:
    finding = found(facts, "the watcher")

    assert finding.level == level
    assert words in finding.evidence
    assert bool(finding.remedy) == (level != "ok")


def test_a_stack_without_a_watcher_or_a_vps_that_tells_nothing_has_no_such_finding() -> None:
    assert "the watcher" not in {one.check for one in findings(quiet())}
    assert "the watcher" not in {one.check for one in findings(watched(vps=DEAD))}


RULES = drift.Finding(step="hardening-change", kind="table", name="inet x", wanted="ab", found="cd")


@pytest.mark.parametrize(
    ("look", "level", "words"),
    [
        (HostLook(host="vps"), "ok", "everything is as pulumi left it"),
        (HostLook(host="vps", findings=(RULES,)), "warning", "table inet x was changed"),
        (
            HostLook(host="vps", findings=(replace(RULES, step=drift.EVERY_STEP),)),
            "warning",
            "the notes of what pulumi left there are gone",
        ),
        (HostLook(host="vps", unknown="no answer for 3 s"), "unknown", "no answer for 3 s"),
    ],
)
def test_what_was_changed_by_hand_is_warned_about(look: HostLook, level: str, words: str) -> None:
    finding = found(quiet(drift=(look,)), "changes by hand on the VPS")

    assert (finding.level, finding.evidence) == (level, words)
    assert bool(finding.remedy) == (level == "warning")
