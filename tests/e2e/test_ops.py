"""bin/ops on the WSL host: what a person types on day 2, against real hosts."""

import json
import re
from typing import Any

import pytest

from tests.e2e.harness import Lab
from tests.e2e.stack_secrets import secrets_of
from tests.e2e.terminal import typed_until_ctrl_c
from tests.e2e.waiting import until


@pytest.fixture
def serving(deployed: Lab) -> Lab:
    """Stack dev as it is shipped, serving: who only looks, or brings back what it stopped."""
    deployed.wait_serving()
    return deployed


def status(lab: Lab) -> tuple[int, dict[str, Any]]:
    """The exit status and the JSON of `bin/ops status`."""
    done = lab.typed("bin/ops", "status", "--json")
    assert done.text.startswith("{"), done.text
    told: dict[str, Any] = json.loads(done.text)
    return done.code, told


def blaming(lab: Lab, hop: str) -> list[tuple[int, dict[str, Any]]]:
    """A look at the status if it blames nothing but one hop; empty otherwise."""
    code, told = status(lab)
    return [(code, told)] if {one["blamed"] for one in told["services"]} == {hop} else []


def clean(lab: Lab) -> dict[str, Any]:
    """What `bin/ops status` tells where it finds nothing; empty otherwise."""
    code, told = status(lab)
    return told if (code, told["verdict"]) == (0, "ok") else {}


def test_status_is_ok_on_every_hop_of_a_stack_that_serves(serving: Lab) -> None:
    # One stall of a busy machine makes the kernel send a window again: that look calls it loss.
    told = until(lambda: clean(serving), seconds=90, what="status finds nothing")
    hops = {hop["hop"]: hop["verdict"] for one in told["services"] for hop in one["hops"]}

    assert [one["service"] for one in told["services"]] == ["asr", "tts"]
    assert {*hops.values()} == {"ok"}
    assert len(hops) == 9


def test_status_names_a_stopped_tunnel_and_since_when(serving: Lab) -> None:
    serving.on("wsl", "systemctl", "stop", "vps-tunnel")
    try:
        until(
            lambda: not serving.get("https://asr.gonova.one/health").text.endswith("200"),
            seconds=30,
            what="the name no longer serves",
        )
        # A busy machine's line loses packets for a while, and is blamed first.
        seen = until(lambda: blaming(serving, "tunnel"), seconds=90, what="it is blamed")
    finally:
        serving.on("wsl", "systemctl", "start", "vps-tunnel")

    [(code, told)] = seen
    assert code == 3, told
    for service in told["services"]:
        assert service["cause"] == "tunnel-stopped"
        tunnel = next(hop for hop in service["hops"] if hop["hop"] == "tunnel")
        assert tunnel["since"] <= told["at"]
        assert tunnel["remedy"] == "bin/ops restart tunnel"


def test_status_of_no_stack_is_an_error_and_not_a_verdict(serving: Lab) -> None:
    done = serving.typed("bin/ops", "status", "--stack", "nowhere")

    assert done.code == 1
    assert "Traceback" not in done.text
    assert "pulumi stack ls" in done.text


def test_the_guides_tests_pass_from_the_internet_the_vps_and_the_wsl_host(serving: Lab) -> None:
    done = serving.typed("bin/ops", "test", "--listen", "0", "--json")
    told = json.loads(done.text)

    assert done.code == 0, done.text
    assert {check["from"] for check in told["checks"]} == {"internet", "VPS", "WSL host"}
    assert {check["verdict"] for check in told["checks"]} == {"ok"}
    streams = [check for check in told["checks"] if check["asked"].startswith("wss://")]
    assert len(streams) == 2


def test_the_ports_of_both_hosts_are_those_of_the_stack(serving: Lab) -> None:
    done = serving.typed("bin/ops", "ports", "--json")
    told = json.loads(done.text)

    assert done.code == 0, done.text
    assert {22, 80, 8080, 8081} <= {one["port"] for one in told if one["host"] == "VPS"}
    assert {8001, 8002} <= {one["port"] for one in told if one["host"] == "WSL host"}
    assert {one["judgement"] for one in told} <= {"expected", "private"}


def test_the_logs_of_both_hosts_are_in_one_order(serving: Lab) -> None:
    serving.get("https://asr.gonova.one/health/marked-by-the-test")
    done = serving.typed("bin/ops", "logs", "--json", "-n", "500")
    lines = [json.loads(line) for line in done.text.splitlines()]

    assert done.code == 0
    assert {line["host"] for line in lines} == {"vps", "wsl"}
    assert [line["moment"] for line in lines] == sorted(line["moment"] for line in lines)
    assert any("marked-by-the-test" in line["text"] for line in lines if line["host"] == "vps")


def test_a_restarted_tunnel_is_waited_for(serving: Lab) -> None:
    done = serving.typed("bin/ops", "restart", "tunnel", "--json")

    assert done.code == 0, done.text
    assert json.loads(done.text)["restarted"] == "tunnel"
    assert serving.get("https://asr.gonova.one/health").text.endswith("200")


def test_what_the_commands_that_look_tell_is_all_there(serving: Lab) -> None:
    latency = serving.typed("bin/ops", "latency", "-n", "5")
    assert latency.code == 0, latency.text
    parts = ("whole way", "visitor to edge", "edge to VPS", "VPS to WSL host", "service")
    for part in parts:
        figures = re.findall(
            rf"^{part} +\d+(?:\.\d)? ms +\d+(?:\.\d)? ms ", latency.text, re.MULTILINE
        )
        assert len(figures) == 2, (part, latency.text)  # of both services

    cost = serving.typed("bin/ops", "cost")
    assert cost.code == 0, cost.text
    assert re.search(r"^VPS \(\w+, \w+\) +\d+\.\d\d EUR ", cost.text, re.MULTILINE), cost.text
    assert re.search(r"^Cloudflare +0\.00 USD ", cost.text, re.MULTILINE), cost.text

    heard = serving.typed("bin/ops", "test", "--listen", "1")
    assert heard.code == 0, heard.text
    assert "wss://asr.gonova.one/v1/stream/asr" in heard.text
    for service in ("asr", "tts"):
        assert f"warning: {service} sent no ping within 1 s" in heard.text


def test_the_bundle_for_a_bug_report_holds_no_secret(serving: Lab) -> None:
    bundle = "/tmp/vps-report.tar.gz"
    try:
        done = serving.typed("bin/ops", "doctor", "--bundle", bundle)
        assert done.code == 0, done.text
        assert f"written: {bundle}" in done.text
        assert serving.sh("wsl", f"stat -c '%a %U' {bundle}").text == "600 speech\n"
        names = serving.sh("wsl", f"tar -tzf {bundle} | xargs -n 1 basename | sort").text.split()
        texts = serving.sh("wsl", f"tar -xzOf {bundle}").text
    finally:
        serving.sh("wsl", f"rm -f {bundle}")
    secrets = secrets_of(serving)

    assert names == ["facts.json", "findings.json", "logs.txt", "operations.json", "versions.txt"]
    assert "asr.gonova.one" in texts
    assert {"vps-login-key", "vps-host-key", "hcloud", "cloudflare", "passphrase"} <= secrets.keys()
    assert [name for name, text in secrets.items() if text in texts] == []


def test_a_restarted_nginx_is_waited_for(serving: Lab) -> None:
    since = "systemctl show nginx --value -p ActiveEnterTimestampMonotonic"
    before = serving.sh(serving.vps(), since).text
    done = serving.typed("bin/ops", "restart", "nginx")

    assert done.code == 0, done.text
    assert done.text.startswith("nginx was restarted; every service answered after ")
    assert serving.sh(serving.vps(), since).text != before
    assert serving.get("https://asr.gonova.one/health").text.endswith("200")


def test_what_runs_until_ctrl_c_shows_what_comes_ends_well_and_leaves_nothing(
    serving: Lab,
) -> None:
    asked = "https://asr.gonova.one/health/followed-by-the-test"
    logs = typed_until_ctrl_c(
        serving,
        *("bin/ops", "logs", "-f", "-n", "7"),
        shows="followed-by-the-test",
        meanwhile=lambda: serving.get(asked),
    )
    assert logs.code == 0, logs.text
    assert "Traceback" not in logs.text
    for host in ("wsl", serving.vps()):
        until(
            lambda host=host: serving.sh(host, "pgrep -f -- 'tail -n 7 -F'", check=False).code,  # type: ignore[misc]  # a bound loop variable
            seconds=30,
            what=f"nothing of it runs on {host}",
        )

    watch = typed_until_ctrl_c(
        serving, "bin/ops", "status", "--watch", "--every", "1", shows="tts.gonova.one"
    )
    assert watch.code == 0, watch.text
    assert "Traceback" not in watch.text
