"""bin/ops on the WSL host: what a person types on day 2, against real hosts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.harness import Lab
from tests.e2e.waiting import until


@pytest.fixture
def standing(deployed: Lab) -> Iterator[Lab]:
    """Stack dev as it is shipped, serving; and serving again afterwards."""
    deployed.up()
    deployed.wait_serving()
    yield deployed
    deployed.wait_serving()


def status(lab: Lab) -> tuple[int, dict[str, Any]]:
    """The exit status and the JSON of `bin/ops status`."""
    done = lab.typed("bin/ops", "status", "--json")
    assert done.text.startswith("{"), done.text
    told: dict[str, Any] = json.loads(done.text)
    return done.code, told


def test_status_is_ok_on_every_hop_of_a_stack_that_serves(standing: Lab) -> None:
    code, told = status(standing)
    hops = {hop["hop"]: hop["verdict"] for one in told["services"] for hop in one["hops"]}

    assert code == 0, told
    assert told["verdict"] == "ok"
    assert [one["service"] for one in told["services"]] == ["asr", "tts"]
    assert {*hops.values()} == {"ok"}
    assert len(hops) == 9


def test_status_names_a_stopped_tunnel_and_since_when(standing: Lab) -> None:
    standing.on("wsl", "systemctl", "stop", "vps-tunnel")
    try:
        until(
            lambda: not standing.get("https://asr.gonova.one/health").text.endswith("200"),
            seconds=30,
            what="the name no longer serves",
        )
        code, told = status(standing)
    finally:
        standing.on("wsl", "systemctl", "start", "vps-tunnel")

    assert code == 3, told
    for service in told["services"]:
        assert (service["blamed"], service["cause"]) == ("tunnel", "tunnel-stopped")
        tunnel = next(hop for hop in service["hops"] if hop["hop"] == "tunnel")
        assert tunnel["since"] <= told["at"]
        assert tunnel["remedy"] == "bin/ops restart tunnel"


def test_status_of_no_stack_is_an_error_and_not_a_verdict(standing: Lab) -> None:
    done = standing.typed("bin/ops", "status", "--stack", "nowhere")

    assert done.code == 1
    assert "Traceback" not in done.text
    assert "pulumi stack ls" in done.text


def test_the_guides_tests_pass_from_the_internet_the_vps_and_the_wsl_host(standing: Lab) -> None:
    done = standing.typed("bin/ops", "test", "--listen", "0", "--json")
    told = json.loads(done.text)

    assert done.code == 0, done.text
    assert {check["from"] for check in told["checks"]} == {"internet", "VPS", "WSL host"}
    assert {check["verdict"] for check in told["checks"]} == {"ok"}
    streams = [check for check in told["checks"] if check["asked"].startswith("wss://")]
    assert len(streams) == 2


def test_the_ports_of_both_hosts_are_those_of_the_stack(standing: Lab) -> None:
    done = standing.typed("bin/ops", "ports", "--json")
    told = json.loads(done.text)

    assert done.code == 0, done.text
    assert {22, 80, 8080, 8081} <= {one["port"] for one in told if one["host"] == "VPS"}
    assert {8001, 8002} <= {one["port"] for one in told if one["host"] == "WSL host"}
    assert {one["judgement"] for one in told} <= {"expected", "private"}


def test_the_logs_of_both_hosts_are_in_one_order(standing: Lab) -> None:
    standing.get("https://asr.gonova.one/health/marked-by-the-test")
    done = standing.typed("bin/ops", "logs", "--json", "-n", "500")
    lines = [json.loads(line) for line in done.text.splitlines()]

    assert done.code == 0
    assert {line["host"] for line in lines} == {"vps", "wsl"}
    assert [line["moment"] for line in lines] == sorted(line["moment"] for line in lines)
    assert any("marked-by-the-test" in line["text"] for line in lines if line["host"] == "vps")


def test_a_restarted_tunnel_is_waited_for(standing: Lab) -> None:
    done = standing.typed("bin/ops", "restart", "tunnel", "--json")

    assert done.code == 0, done.text
    assert json.loads(done.text)["restarted"] == "tunnel"
    assert standing.get("https://asr.gonova.one/health").text.endswith("200")
