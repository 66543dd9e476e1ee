"""Edits of a running stack: what changes, what is announced, what is kept.

Each test begins with what the one before it has left deployed, and says all of its configuration.
"""

import json
from typing import Any

import pytest

from tests.e2e import traces
from tests.e2e.harness import Lab
from tests.e2e.shipped import ASR, EXTRA, TTS, shipped
from tests.e2e.streams import HeldStream
from tests.e2e.waiting import until

LONG = (
    "voice-of-the-speech-service-in-the-office-on-the-second-floor"  # nginx's own limit is near 50
)


def as_it_stands(lab: Lab) -> dict[str, Any]:
    """The server's settings with its image and size as they are: a test changes its own alone."""
    server = lab.hetzner("GET", "/servers")["servers"][0]
    had = {"image": server["image"]["name"], "size": server["server_type"]["name"]}
    return {**shipped()["server"], **had}


def test_a_service_is_added_renamed_and_removed_and_no_stream_of_another_is_cut(
    edited: Lab,
) -> None:
    lab, asr = edited, "wss://asr.gonova.one/v1/stream/asr"
    # One on each connection of the tunnel, of which the second goes and comes back.
    with HeldStream(lab, asr) as stream, HeldStream(lab, asr) as beside:
        one = {**shipped().get("tunnel", {}), "connections": 1}
        lab.configure({**shipped(), "services": [ASR, TTS, EXTRA], "tunnel": one})
        lab.up()
        until(lambda: lab.speak(tts="speak").code == 0, seconds=30, what="the added service speaks")

        renamed = {**EXTRA, "name": "voice", "hostname": f"{LONG}.gonova.one"}
        lab.configure({**shipped(), "services": [ASR, TTS, renamed]})
        lab.up()
        until(lambda: lab.speak(tts=LONG).code == 0, seconds=30, what="the renamed one speaks")
        assert lab.get("https://speak.gonova.one/health").code != 0

        lab.configure(shipped())
        lab.up()
    assert not stream.report["cut"], stream.report
    assert not beside.report["cut"], beside.report
    assert lab.get(f"https://{LONG}.gonova.one/health").code != 0
    names = {
        record["name"] for record in lab.cloudflare("GET", f"/zones/{lab.zone_id()}/dns_records")
    }
    assert names == {"asr.gonova.one", "tts.gonova.one"}
    assert "8082" not in lab.sh(lab.vps(), "ss -ltn").text
    assert lab.speak().code == 0


def test_a_configuration_that_nginx_refuses_leaves_the_old_one_serving(edited: Lab) -> None:
    lab = edited
    vps = lab.vps()
    lab.write(vps, "/etc/nginx/conf.d/broken.conf", "proxy_buffer_size nonsense;\n")
    lab.configure({**shipped(), "proxy": {"stream_timeout": "30m"}})

    refused = lab.up(check=False)

    assert refused.code != 0
    assert "broken.conf:1" in refused.text  # nginx's own message
    assert "the old one keeps serving" in refused.text
    assert lab.speak().code == 0
    assert "3600s" in lab.sh(vps, "cat /etc/nginx/conf.d/vps-reverse-proxy-dev.conf").text

    lab.on(vps, "rm", "/etc/nginx/conf.d/broken.conf")
    lab.up()
    assert "1800s" in lab.sh(vps, "cat /etc/nginx/conf.d/vps-reverse-proxy-dev.conf").text


def test_without_the_load_balancer_the_tunnel_reaches_the_services_themselves(edited: Lab) -> None:
    lab = edited
    lab.configure({**shipped(), "load_balancer": {"enabled": False}})
    lab.up()
    lab.wait_serving()

    assert "127.0.0.1:8001" in lab.on("wsl", "cat", "/var/lib/vps-tunnel/config.json").text
    assert (
        lab.sh("wsl", "dpkg-query -W -f '${db:Status-Status}' nginx", check=False).text
        != "installed"
    )
    assert lab.speak().code == 0


def test_the_load_balancer_spreads_calls_over_the_instances_that_live(edited: Lab) -> None:
    lab = edited
    lab.sh(
        "wsl",
        "systemd-run --quiet --unit=tts-second --uid=speech --setenv=PYTHONPATH=/opt/lab/src "
        "/opt/lab/lab-venv/bin/python -m lab.speech.tts --port 8003 --instance second",
    )
    instances = ["127.0.0.1:8002", "127.0.0.1:8003"]
    lab.configure({**shipped(), "services": [ASR, {**TTS, "upstreams": instances}]})
    lab.up()
    lab.wait_serving()  # by the load balancer, which was not there before

    def answering() -> set[str]:
        answers = [lab.get("https://tts.gonova.one/health").text for _ in range(6)]
        return {json.loads(text.rsplit("\n", 1)[0])["instance"] for text in answers}

    until(lambda: len(answering()) == 2, seconds=30, what="both instances answer")
    lab.sh("wsl", "systemctl stop tts-second")
    assert len(answering()) == 1
    assert lab.speak().code == 0


def test_another_size_is_announced_and_keeps_the_address(edited: Lab) -> None:
    lab = edited
    before = lab.outputs()["vpsAddress"]
    lab.configure({**shipped(), "server": {**shipped()["server"], "size": "cx33"}})

    preview = lab.pulumi("preview")
    assert "server.size cx23 -> cx33" in preview.text
    assert "shut down, resized" in preview.text

    lab.up()
    lab.wait_serving(90)
    assert lab.outputs()["vpsAddress"] == before
    assert lab.hetzner("GET", "/servers")["servers"][0]["server_type"]["name"] == "cx33"
    assert lab.speak().code == 0


def test_another_image_replaces_the_vps_and_ends_with_the_round_trip(edited: Lab) -> None:
    lab = edited
    before = lab.outputs()["vpsAddress"]
    lab.configure({**shipped(), "server": {**as_it_stands(lab), "image": "debian-12"}})

    preview = lab.pulumi("preview")
    assert "server.image debian-13 -> debian-12" in preview.text
    assert "the VPS is replaced" in preview.text

    lab.up()
    lab.wait_serving(90)
    after = lab.outputs()["vpsAddress"]
    assert after != before
    assert len(lab.hetzner("GET", "/servers")["servers"]) == 1
    assert 'VERSION_ID="12"' in lab.on(lab.vps(), "cat", "/etc/os-release").text
    known = lab.on("wsl", "cat", "/var/lib/vps-tunnel/known_hosts").text
    shown = lab.on(lab.vps(), "cat", "/etc/ssh/ssh_host_ed25519_key.pub").text
    assert known.split()[2] == shown.split()[1]
    records = lab.cloudflare("GET", f"/zones/{lab.zone_id()}/dns_records")
    assert {r["content"] for r in records if r["type"] == "A"} == {after}
    assert lab.speak().code == 0
    lab.up("--expect-no-changes")


def test_a_vps_deleted_in_the_console_is_rebuilt_by_up_with_refresh(edited: Lab) -> None:
    lab = edited
    # Of another image than the state's the VPS would be made anew without being missed.
    lab.configure({**shipped(), "server": as_it_stands(lab)})
    server = lab.hetzner("GET", "/servers")["servers"][0]
    lab.hetzner("DELETE", f"/servers/{server['id']}")
    until(lambda: not lab.hetzner("GET", "/servers")["servers"], seconds=30, what="it is gone")

    lab.up("--refresh")
    lab.wait_serving(90)

    assert lab.speak().code == 0
    assert len(lab.hetzner("GET", "/servers")["servers"]) == 1
    lab.up("--expect-no-changes")


def test_an_authorized_key_is_added_without_replacing_the_server(edited: Lab) -> None:
    lab = edited
    server = lab.hetzner("GET", "/servers")["servers"][0]["id"]
    key = lab.sh(
        "wsl",
        "rm -f /tmp/second*; ssh-keygen -q -t ed25519 -N '' -f /tmp/second; cat /tmp/second.pub",
    ).text.strip()
    lab.configure({**shipped(), "server": {**as_it_stands(lab), "authorized_keys": [key]}})

    lab.up()

    assert lab.hetzner("GET", "/servers")["servers"][0]["id"] == server
    keys = lab.on(lab.vps(), "cat", "/home/admin/.ssh/authorized_keys").text
    assert key.split()[1] in keys
    assert len(keys.strip().split("\n")) == 2


def test_destroy_with_refresh_ends_when_the_vps_is_already_gone(edited: Lab) -> None:
    lab = edited
    server = lab.hetzner("GET", "/servers")["servers"][0]
    lab.hetzner("DELETE", f"/servers/{server['id']}")
    until(lambda: not lab.hetzner("GET", "/servers")["servers"], seconds=30, what="it is gone")

    # The providers' plugins take a server that is gone for an error; what is left can go later.
    told = lab.pulumi("destroy", "--yes", "--skip-preview", check=False)
    assert told.code != 0
    assert f"server with ID '{server['id']}' not found" in told.text
    lab.pulumi("destroy", "--refresh", "--yes", "--skip-preview")

    assert all(not left for left in lab.leftovers().values()), lab.leftovers()


@pytest.mark.full
def test_up_and_destroy_leave_the_wsl_host_as_it_was(edited: Lab) -> None:
    lab = edited
    lab.up()  # whatever the tests before this one have left, or destroyed
    lab.pulumi("destroy", "--yes", "--skip-preview")
    before = traces.of_wsl(lab)

    lab.up()
    assert traces.of_wsl(lab) != before
    lab.pulumi("destroy", "--yes", "--skip-preview")

    assert sorted(traces.of_wsl(lab) ^ before) == []
