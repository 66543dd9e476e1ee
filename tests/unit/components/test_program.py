"""The whole program, `__main__.py`: what it makes of each kind of stack, and how it is ended."""

import signal
import subprocess
import sys

import pytest

from components.modes import MODES
from tests.unit.components.conftest import MAIN, TOKENS, Up
from tests.unit.preflight_support import MACHINE_ID
from tests.unit.settings_support import EXISTING


def test_an_interrupted_program_ends_without_a_traceback() -> None:
    script = (
        "import os, signal\n"
        "from components.interruption import end_quietly\n"
        "end_quietly()\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "print('went on')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=MAIN.parent, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_a_rented_stack_is_whole(up: Up) -> None:
    recorder = up()

    kinds = {one.type.rpartition(":")[2] for one in recorder.registered}
    assert {"Vps", "ReverseProxy", "TunnelKey", "TunnelUser", "TunnelService"} <= kinds
    assert {"Edge", "WslHost", "Server", "Firewall", "SshKey", "PrivateKey"} <= kinds
    assert "LoadBalancer" not in kinds
    assert len(recorder.named("DnsRecord")) == 4
    assert recorder.outputs["vpsAddress"] == "203.0.113.16"
    assert recorder.outputs["wslHost"] == {"hostname": "wsl", "machineId": MACHINE_ID}
    assert recorder.outputs["urls"]["asr"] == {
        "stream": "wss://asr.gonova.one/v1/stream/asr",
        "health": "https://asr.gonova.one/health",
        "metrics": "https://asr.gonova.one/metrics",
    }
    # Another stack may be the selected one.
    assert recorder.outputs["nextSteps"][-3:] == [
        f"{command} --stack dev" for command in ("bin/ops status", "bin/ops ssh", "pulumi destroy")
    ]


def test_a_stack_on_the_users_own_vps_is_whole_and_rents_nothing(up: Up) -> None:
    recorder = up(EXISTING, tokens={"cloudflare:apiToken": TOKENS["cloudflare:apiToken"]})

    assert not [one for one in recorder.registered if one.type.startswith(("hcloud:", "tls:"))]
    assert "address=203.0.113.5\n" in recorder["vps-boot"].text("stdin")
    assert {record.inputs["content"] for record in recorder.named("DnsRecord")} == {"203.0.113.5"}
    assert "upgrade=no" in recorder["proxy-packages"].text("stdin")


def test_the_load_balancer_comes_with_its_switch_and_carries_the_tunnel(up: Up) -> None:
    recorder = up(load_balancer={"enabled": True})

    assert recorder.named("LoadBalancer")
    config = recorder["tunnel-unit"].text("stdin")
    assert '"target": "127.0.0.1:18080"' in config
    assert '"target": "127.0.0.1:8001"' in up()["tunnel-unit"].text("stdin")


@pytest.mark.parametrize("mode", MODES)
def test_only_mode_strict_asks_cloudflare_for_a_certificate(up: Up, mode: str) -> None:
    recorder = up(edge={"mode": mode})

    assert len(recorder.named("OriginCaCertificate")) == (mode == "strict")


def test_with_dns_by_hand_the_records_are_an_output_and_no_token_is_needed(up: Up) -> None:
    tokens = {"hcloud:token": TOKENS["hcloud:token"]}
    recorder = up(tokens=tokens, edge={"mode": "direct-http", "dns": "manual"})

    assert recorder.outputs["dnsRecords"][0] == {
        "name": "asr.gonova.one",
        "type": "A",
        "content": "203.0.113.16",
        "ttl": 60,
    }
    assert not [one for one in recorder.registered if one.type.startswith("cloudflare:")]


def test_windows_is_told_to_keep_the_wsl_host_running(up: Up) -> None:
    recorder = up()

    (kept,) = recorder.named("KeepAlive")
    assert kept.inputs["distribution"] == "My Ubuntu 24.04"
    assert kept.inputs["machine_id"] == MACHINE_ID
    assert "WslKeepAlive" in kept.urn
    assert recorder.outputs["keepAlive"]["task"] == "vps-reverse-proxy dev My Ubuntu 24.04"
    off = up(wsl={"keep_alive": False})
    assert not off.named("KeepAlive")
    assert "keepAlive" not in off.outputs


@pytest.mark.parametrize("mode", MODES)
def test_no_output_waits_for_the_certificate_that_an_acme_server_may_refuse(
    up: Up, mode: str
) -> None:
    """The engine records all outputs or none."""
    outputs = up(edge={"mode": mode}).outputs

    assert ("certificateExpires" in outputs) == (mode == "strict")
    made_after_the_records = "2027-11-23T16:00:00Z"  # what every step on the VPS says here
    assert made_after_the_records not in str(outputs)
