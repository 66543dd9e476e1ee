"""Asking the hosts, reading what they say, and what a run makes of it."""

import shlex
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pulumi
import pytest

from components.drift import asking
from components.drift import look as look_module
from components.drift.asking import look_script, run
from components.drift.look import HostLook, look_at_hosts, start_drift_look
from components.drift.repairs import plan_repairs
from components.drift.report import Finding, Unknown, Unreachable, read_report
from components.step import host_step, local_step
from tests.unit.components.engine import deploy, is_secret
from tests.unit.components.samples import MACHINE_ID, STACK, Parent, host

SITE = "drift\tproxy-site\tfile\t/etc/nginx/conf.d/x.conf\tab 644 root:root\tcd 644 root:root"
CHANGED = f"step proxy-site\n{SITE}\nstep tunnel-unit\ndone\n"
NOW = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
STAMP = "2026-11-26T05:00:00Z"
LOGIN = {
    "user": "admin",
    "address": "203.0.113.16",
    "port": 22,
    "hostKey": "ssh-ed25519 AAAA",
    "privateKey": "PRIVATE",
}
RECORDED = {"login": LOGIN, "wslHost": {"hostname": "wsl", "machineId": MACHINE_ID}}


def finding(**changes: str) -> Finding:
    """A changed file of the site, unless told."""
    usual = {"step": "proxy-site", "kind": "file", "name": "/etc/x", "wanted": "ab", "found": "cd"}
    return Finding(**{**usual, **changes})


@pytest.mark.parametrize(
    ("kind", "wanted", "found", "words"),
    [
        ("file", "ab 644 root:root", "cd 644 root:root", "file X was changed"),
        ("file", "ab 644 root:root", "absent", "file X was removed"),
        ("file", "absent", "cd 644 root:root", "file X was put back"),
        (
            "file",
            "ab 644 root:root",
            "ab 600 root:root",
            "file X has mode and owner 600 root:root (not 644 root:root)",
        ),
        ("unit", "enabled running", "disabled stopped", "unit X is disabled stopped (not enabled "),
        ("package", "installed", "absent", "package X was removed"),
        ("account", "/h:/bin/sh", "absent", "account X was removed"),
        ("account", "/h:/bin/sh", "/h:/bin/bash", "account X is /h:/bin/bash (not /h:/bin/sh)"),
        ("port", "nginx", "nobody", "port X is nobody (not nginx)"),
        ("table", "ab", "absent", "table X was removed"),
        ("table", "ab", "cd", "table X was changed"),
        ("sysctl", "bbr", "cubic", "sysctl X is cubic (not bbr)"),
        (
            "mount",
            "starting no programs",
            "starting programs",
            "mount X is starting programs (not starting no programs)",
        ),
        ("limits", "worker_connections 9", "worker_connections 8", "limits X was changed"),
        ("file", "link to /dev/null", "link to /x", "file X was replaced by a link to /x"),
        ("step", "finished", "interrupted", "step X was interrupted"),
    ],
)
def test_every_kind_of_change_is_told_in_words(
    kind: str, wanted: str, found: str, words: str
) -> None:
    told = str(finding(kind=kind, name="X", wanted=wanted, found=found))

    assert told.startswith(words)


def test_a_report_is_read_in_the_order_of_its_steps() -> None:
    (found,) = read_report(CHANGED)

    assert (found.step, found.name) == ("proxy-site", "/etc/nginx/conf.d/x.conf")


@pytest.mark.parametrize("text", ["", "step proxy-site\n", CHANGED.replace("done\n", "")])
def test_a_report_that_breaks_off_is_no_report(text: str) -> None:
    with pytest.raises(Unknown, match="broke off"):
        read_report(text)


def test_a_silent_host_is_unknown_and_one_that_speaks_may_take_its_time() -> None:
    slow = "for i in 1 2 3 4; do echo $i; sleep 0.2; done"
    assert run(["bash", "-c", slow], "", silence=0.5) == "1\n2\n3\n4\n"

    start = time.monotonic()
    for argv in (["sleep", "60"], ["bash", "-c", "echo; exec >&-; exec sleep 60"]):
        with pytest.raises(Unreachable, match=r"no answer for 0\.3 s"):
            run(argv, "", silence=0.3)
    assert time.monotonic() - start < 5


def test_a_machine_that_takes_no_connection_is_unreachable() -> None:
    says = "echo ssh: connect to host 203.0.113.16 port 22: Connection refused >&2; exit 255"
    with pytest.raises(Unreachable, match="port 22: Connection refused"):
        run(["bash", "-c", says], "", silence=5)


def test_what_went_wrong_is_told_in_the_hosts_own_words() -> None:
    with pytest.raises(Unknown, match="Host key verification failed") as caught:
        run(["bash", "-c", "echo Host key verification failed. >&2; exit 255"], "", silence=5)
    assert not isinstance(caught.value, Unreachable)
    with pytest.raises(Unknown, match="/no/such/ssh does not run here"):
        run(["/no/such/ssh"], "", silence=5)


def test_a_host_is_sent_nothing_but_the_stacks_name_and_the_look() -> None:
    text = look_script(STACK)

    assert f"stack={shlex.quote(STACK.owner)}\n" in text
    assert text.endswith("look </dev/null\n")
    assert "PRIVATE" not in text


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the two hosts say, by name; whoever is not there cannot be reached."""
    said: dict[str, str] = {}

    def say(name: str) -> str:
        if name not in said:
            raise Unreachable("no answer for 3 s")
        return said[name]

    monkeypatch.setattr(look_module, "ask_there", lambda *_: say("vps"))
    monkeypatch.setattr(look_module, "ask_here", lambda *_: say("wsl"))
    return said


def test_both_hosts_are_asked_and_a_silent_one_does_not_hide_the_other(
    answers: dict[str, str],
) -> None:
    answers["wsl"] = CHANGED
    vps, wsl = look_at_hosts(STACK, RECORDED, machine_id=MACHINE_ID)

    assert (vps.host, vps.unknown, vps.findings) == ("vps", "no answer for 3 s", ())
    assert (vps.unreachable, wsl.unreachable) == (True, False)
    assert (wsl.host, wsl.unknown, len(wsl.findings)) == ("wsl", "", 1)


def test_each_host_is_asked_once_and_the_vps_over_one_connection_for_three_seconds_of_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, tuple[list[str], float]] = {}

    def answer(argv: Sequence[str], _: str, *, silence: float) -> str:
        assert argv[0] not in asked
        asked[argv[0]] = (list(argv), silence)
        return CHANGED

    monkeypatch.setattr(asking, "run", answer)
    looks = look_at_hosts(STACK, RECORDED, machine_id=MACHINE_ID)

    assert [(look.host, len(look.findings)) for look in looks] == [("vps", 1), ("wsl", 1)]
    assert {name: silence for name, (_, silence) in asked.items()} == {"ssh": 3.0, "bash": 3.0}
    assert "ConnectTimeout=3" in asked["ssh"][0]


@pytest.mark.parametrize("recorded", [{}, {"login": {"user": "of another version"}}])
def test_before_the_first_finished_run_nobody_is_asked(
    answers: dict[str, str], recorded: dict[str, Any]
) -> None:
    answers["wsl"] = CHANGED

    assert look_at_hosts(STACK, recorded, machine_id=MACHINE_ID) == ()


@pytest.mark.parametrize("machine_id", ["", "f" * 32])
def test_a_machine_that_is_not_the_wsl_host_does_not_ask_itself(
    answers: dict[str, str], machine_id: str
) -> None:
    answers.update(vps=CHANGED, wsl=CHANGED)
    looks = look_at_hosts(STACK, RECORDED, machine_id=machine_id)

    assert [look.host for look in looks] == ["vps"]


def test_switched_off_nobody_is_asked(answers: dict[str, str]) -> None:
    answers["vps"] = CHANGED

    assert start_drift_look(STACK, RECORDED, machine_id=MACHINE_ID, wanted=False)() == ()
    assert len(start_drift_look(STACK, RECORDED, machine_id=MACHINE_ID, wanted=True)()) == 2


def test_a_change_is_planned_and_the_run_after_it_plans_the_same() -> None:
    looks = [HostLook(host="vps", findings=(finding(), finding(name="/etc/y")))]
    first = plan_repairs(looks, {}, now=NOW)
    after = plan_repairs([HostLook(host="vps")], {"repaired": first.times})

    assert first.times == {"vps": {"proxy-site": STAMP}}
    assert len(first.warnings) == 2
    assert "drift on the VPS: file /etc/x was changed" in first.warnings[0]
    assert first.line("proxy-site") == f"# repaired {STAMP}\n"
    assert after.times == first.times
    assert after.warnings == ()


def test_the_same_change_a_second_time_is_repaired_a_second_time() -> None:
    before = {"repaired": {"vps": {"proxy-site": "2026-11-25T05:00:00Z", "tunnel-unit": "t"}}}
    again = plan_repairs([HostLook(host="vps", findings=(finding(),))], before, now=NOW)

    assert again.times == {"vps": {"proxy-site": STAMP, "tunnel-unit": "t"}}


def test_a_guarded_change_is_repaired_with_its_confirmation() -> None:
    looks = [HostLook(host="vps", findings=(finding(step="hardening-change"),))]
    plan = plan_repairs(looks, {}, now=NOW)

    assert plan.line("hardening-change") == plan.line("hardening-confirm") != ""


def test_without_notes_every_step_runs_again() -> None:
    looks = [HostLook(host="vps", findings=read_report("none\n"))]
    plan = plan_repairs(looks, {}, now=NOW)

    assert plan.line("any-step") == f"# repaired {STAMP}\n"
    assert "the VPS has no notes" in plan.warnings[0]


def test_an_unknown_host_is_said_to_be_unknown_and_repairs_nothing() -> None:
    plan = plan_repairs([HostLook(host="wsl", unknown="no answer for 3 s")], {}, now=NOW)

    assert plan.times == {}
    assert "drift on the WSL host is unknown (no answer for 3 s)" in plan.warnings[0]


def two_steps(*marked: str, rented: bool = True) -> dict[str, Any]:
    """The inputs of a step on each host, where these were found changed; secrets stay secret."""

    def program() -> None:
        found = tuple(finding(step=step) for step in marked)
        looks = [HostLook(host="vps", findings=found)] if found else []
        plan_repairs(looks, {}, now=NOW).mark_steps()
        parent = Parent()
        vps = replace(host(rented=rented), label="" if rented else "1f2e3d4c")
        values: dict[str, pulumi.Input[str]] = {"key": pulumi.Output.secret("s3cret")}
        host_step("proxy-site", vps, "nginx-site.sh", parent=parent, values=values)
        local_step("tunnel-unit", "tunnel-service.sh", parent=parent, values={"stack": "p/dev"})

    recorder = deploy(program)
    return {name: recorder[name].inputs["stdin"] for name in ("proxy-site", "tunnel-unit")}


@pytest.mark.parametrize("rented", [True, False])
def test_only_the_step_that_was_found_changed_gets_another_input(*, rented: bool) -> None:
    before, after = two_steps(rented=rented), two_steps("proxy-site", rented=rented)

    assert before["tunnel-unit"] == after["tunnel-unit"]
    assert is_secret(after["proxy-site"])
    assert after["proxy-site"]["value"] == f"# repaired {STAMP}\n" + before["proxy-site"]["value"]
