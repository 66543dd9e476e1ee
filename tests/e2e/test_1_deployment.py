"""Stack dev as the checkout has it: up from nothing, spoken to, and closed to all else."""

import json
from typing import Any

import pytest

from tests.e2e.harness import Lab
from tests.e2e.waiting import until

ACCESS_LOG = "/var/log/nginx/vps-reverse-proxy-dev.json"


def test_speech_makes_the_round_trip_over_the_public_names(deployed: Lab) -> None:
    spoken = deployed.speak()

    assert spoken.code == 0, spoken.text
    proof = json.loads(spoken.text)
    assert proof["digits"]["heard"] == proof["digits"]["expected"]


@pytest.mark.parametrize("audio", ["silence", "other"])
def test_other_audio_than_the_spoken_fails_the_proof(deployed: Lab, audio: str) -> None:
    assert deployed.speak("--audio", audio).code == 1


def test_every_script_run_again_is_silent(deployed: Lab) -> None:
    state = json.loads(deployed.pulumi("stack", "export", "--show-secrets").text)
    steps = [
        resource
        for resource in state["deployment"]["resources"]
        if resource["type"] in {"command:remote:Command", "command:local:Command"}
    ]
    assert len(steps) >= 8

    for step in steps:
        host = "wsl" if step["type"] == "command:local:Command" else deployed.vps()
        stdin = step["inputs"]["stdin"]
        text = stdin["plaintext"] if isinstance(stdin, dict) else stdin
        again = deployed.on(
            host,
            "bash",
            "-s",
            "--",
            "ensure",
            input=json.loads(text) if isinstance(stdin, dict) else text,
        )

        assert "changed:" not in again.text, step["urn"]


def test_outputs_tell_where_everything_is(deployed: Lab) -> None:
    outputs = deployed.outputs()

    assert outputs["urls"]["asr"]["stream"] == "wss://asr.gonova.one/v1/stream/asr"
    assert outputs["urls"]["tts"]["health"] == "https://tts.gonova.one/health"
    assert outputs["vpsAddress"].startswith("203.0.113.")
    assert outputs["wslHost"]["hostname"] == "wsl"
    assert outputs["login"] == "[secret]"


def test_health_answers_under_the_public_names(deployed: Lab) -> None:
    for service in ("asr", "tts"):
        health = deployed.get(f"https://{service}.gonova.one/health").text

        assert json.loads(health.rsplit("\n", 1)[0])["service"] == service


def test_each_forward_reaches_its_own_service_without_a_host_header(deployed: Lab) -> None:
    vps = deployed.vps()

    for port, service in ((8080, "asr"), (8081, "tts")):
        answer = deployed.on(vps, "curl", "-s", f"http://localhost:{port}/health").text
        assert json.loads(answer)["service"] == service


def test_an_unknown_host_gets_nothing(deployed: Lab) -> None:
    address = deployed.outputs()["vpsAddress"]

    # Asked from the edge: nobody else reaches port 80 in a proxied mode.
    ask = ("curl", "-sS", "--max-time", "5", f"http://{address}/", "-H", "Host: nobody.example")
    answer = deployed.on("edge", *ask, check=False)

    assert answer.code == 52, answer.text  # curl: empty reply
    assert deployed.on("client", *ask, check=False).code == 28  # no answer at all


def last_request(lab: Lab, path: str) -> dict[str, Any]:
    """What nginx on the VPS wrote down of the last request for a path that is a test's own."""
    ask = f'grep -F \'"path":"{path}"\' {ACCESS_LOG} | tail -n 1'
    found = until(lambda: lab.sh(lab.vps(), ask).text, seconds=30, what=f"{path} is in the log")
    line: dict[str, Any] = json.loads(found)
    return line


def test_the_visitors_address_reaches_the_service_and_cannot_be_forged(deployed: Lab) -> None:
    visitor = {"192.0.2.10", "2001:db8:c::1"}
    deployed.get("https://asr.gonova.one/health/seen")
    assert last_request(deployed, "/health/seen")["visitor"] in visitor

    forged = ("-H", "CF-Connecting-IP: 9.9.9.9", "-H", "X-Forwarded-For: 9.9.9.9")
    deployed.get("https://asr.gonova.one/health/forged", *forged)
    assert last_request(deployed, "/health/forged")["visitor"] in visitor


def test_the_log_tells_of_a_request_all_but_its_query(deployed: Lab) -> None:
    path = "/health/written-down"
    assert deployed.get(f"https://tts.gonova.one{path}?query=hidden").text.endswith("404")
    line = last_request(deployed, path)

    assert (line["service"], line["method"], line["status"]) == ("tts", "GET", 404)
    assert (line["upstream_status"], line["completion"]) == ("404", "OK")
    assert line["sent"] > line["duration"] > 0
    assert not line["websocket"]
    seen = deployed.sh(deployed.vps(), f"cat {ACCESS_LOG}").text
    assert "hidden" not in seen


def test_the_metrics_are_told_to_the_vps_alone(deployed: Lab) -> None:
    refused = deployed.get("https://asr.gonova.one/metrics")
    assert refused.text.endswith("403")
    assert "nginx/" not in refused.text

    ask = ("curl", "-sS", "-H", "Host: asr.gonova.one", "http://127.0.0.1/metrics")
    assert "speech_requests_total" in deployed.on(deployed.vps(), *ask).text


def test_the_access_log_is_rotated_by_size(deployed: Lab) -> None:
    vps = deployed.vps()
    deployed.sh(vps, f"yes '{{}}' | head -c 21M >>{ACCESS_LOG}")
    deployed.sh(vps, "systemctl start vps-reverse-proxy-dev-access-log.service")

    assert "1.gz" in deployed.sh(vps, f"ls {ACCESS_LOG}*").text
    deployed.get("https://asr.gonova.one/health/rotated")
    until(
        lambda: "/health/rotated" in deployed.sh(vps, f"cat {ACCESS_LOG}").text,
        seconds=10,
        what="nginx writes to the new log",
    )
    assert deployed.sh(vps, f"stat -c '%a %U %s' {ACCESS_LOG}").text.startswith("640 www-data")


def test_the_provider_firewall_opens_22_80_and_443_only(deployed: Lab) -> None:
    vps = deployed.vps()
    address = deployed.outputs()["vpsAddress"]
    deployed.sh(vps, "systemd-run --quiet --unit=listener nc -lk 9999")

    try:
        closed = deployed.on("client", "nc", "-z", "-w", "2", address, "9999", check=False)
        ssh = deployed.on("client", "nc", "-z", "-w", "2", address, "22", check=False)
    finally:
        deployed.sh(vps, "systemctl stop listener")

    assert closed.code != 0
    assert ssh.code == 0
    firewall = deployed.hetzner("GET", "/firewalls")["firewalls"][0]
    assert sorted(rule["port"] for rule in firewall["rules"]) == ["22", "443", "80"]


def test_root_cannot_log_in_to_a_rented_vps(deployed: Lab) -> None:
    effective = deployed.on(deployed.vps(), "sshd", "-T").text.lower()

    assert "permitrootlogin no" in effective
    assert "passwordauthentication no" in effective


def test_the_tunnels_account_may_write_nowhere_but_into_its_sockets_folder(deployed: Lab) -> None:
    lab = deployed
    places = (
        "find / -path /proc -prune -o -path /sys -prune -o -type d -writable -print 2>/dev/null"
    )

    found = lab.sh(lab.vps(), f"runuser -u tunnel -- bash -c '{places}'", check=False).text

    # No socket can be made in a queue of POSIX messages.
    elsewhere = [line for line in found.splitlines() if line != "/dev/mqueue"]
    assert [line for line in elsewhere if not line.startswith("/run/vps-reverse-proxy-dev")] == []


def test_ops_ssh_runs_a_command_as_the_admin_of_the_vps(deployed: Lab) -> None:
    asked = deployed.typed("bin/ops", "ssh", "--", "id -un; sudo -n id -un; exit 3")

    assert asked.text.split() == ["admin", "root"]
    assert asked.code == 3


def test_the_tunnels_account_has_no_sudo_and_no_password(deployed: Lab) -> None:
    vps = deployed.vps()

    assert "sudo" not in deployed.on(vps, "id", "tunnel").text
    assert deployed.sh(vps, "getent shadow tunnel | cut -d: -f2").text.strip() == "*"


def test_the_tunnels_private_key_stays_on_the_wsl_host(deployed: Lab) -> None:
    key = deployed.on("wsl", "cat", "/var/lib/vps-tunnel/id_ed25519").text.split("\n")[2]
    state = deployed.pulumi("stack", "export", "--show-secrets").text

    assert key not in state
    assert (
        deployed.sh("wsl", "stat -c '%a %U' /var/lib/vps-tunnel/id_ed25519").text.strip()
        == "600 vps-tunnel"
    )


def test_no_secret_of_the_stack_is_in_its_state_in_clear(deployed: Lab) -> None:
    clear = deployed.sh("wsl", "cat /home/speech/.pulumi-state/.pulumi/stacks/*/dev.json").text

    assert "OPENSSH PRIVATE KEY" not in clear
    assert deployed.token("hcloud") not in clear
    assert deployed.token("cloudflare") not in clear


def test_security_updates_are_applied(deployed: Lab) -> None:
    version = deployed.on(
        deployed.vps(), "dpkg-query", "-W", "-f", "${Version}", "vps-lab-canary"
    ).text

    assert version == "1.1"


def test_the_unit_is_enabled_and_runs_as_its_own_user(deployed: Lab) -> None:
    shown = deployed.on(
        "wsl", "systemctl", "show", "vps-tunnel", "-p", "ActiveState,UnitFileState,User,Restart"
    ).text

    assert "ActiveState=active" in shown
    assert "UnitFileState=enabled" in shown
    assert "User=vps-tunnel" in shown
    assert "Restart=always" in shown


def test_the_ssl_mode_is_set_for_these_names_and_the_zones_own_stays(deployed: Lab) -> None:
    zone = deployed.zone_id()
    rulesets = deployed.cloudflare("GET", f"/zones/{zone}/rulesets")
    ours = [r for r in rulesets if r["phase"] == "http_config_settings" and r["kind"] == "zone"]
    rules = deployed.cloudflare("GET", f"/zones/{zone}/rulesets/{ours[0]['id']}")["rules"]

    assert len(ours) == 1
    assert rules[0]["action_parameters"] == {"ssl": "flexible"}
    assert "asr.gonova.one" in rules[0]["expression"]
