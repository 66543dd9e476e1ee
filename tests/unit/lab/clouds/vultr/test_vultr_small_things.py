"""SSH keys, startup scripts and reserved addresses."""

import base64

import pytest

from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.vultr.conftest import PUBLIC_KEY, Vultr, only
from tests.unit.lab.clouds.vultr.schema import RESERVED_IP, SSH_KEY, STARTUP_SCRIPT, expect

SCRIPT = base64.b64encode(b"#!/bin/sh\n").decode()


def test_one_key_may_be_kept_twice(vultr: Vultr) -> None:
    keys = [vultr.post("/ssh-keys", name="me", ssh_key=PUBLIC_KEY)["ssh_key"] for _ in range(2)]
    expect(keys[0], SSH_KEY)
    assert keys[0]["id"] != keys[1]["id"]
    assert vultr.ask(f"PATCH /ssh-keys/{keys[0]['id']}", name="you").status_code == 204
    assert vultr.get(f"/ssh-keys/{keys[0]['id']}")["ssh_key"]["name"] == "you"
    assert vultr.ask(f"DELETE /ssh-keys/{keys[0]['id']}").status_code == 204
    assert vultr.get("/ssh-keys")["meta"]["total"] == 1


@pytest.mark.parametrize("text", ["", "ssh-ed25519", "ssh-ed25519 AAAA me", "x y z"])
def test_what_is_no_public_key_is_refused(vultr: Vultr, text: str) -> None:
    assert vultr.refusal("POST /ssh-keys", name="me", ssh_key=text)[0] == 400


def test_a_startup_script_is_kept_in_base64(vultr: Vultr) -> None:
    made = vultr.post("/startup-scripts", name="s", script=SCRIPT)["startup_script"]
    expect(made, STARTUP_SCRIPT)
    assert (made["script"], made["type"]) == (SCRIPT, "boot")
    assert vultr.ask(f"PATCH /startup-scripts/{made['id']}", name="t").status_code == 204
    shown = vultr.get("/startup-scripts")["startup_scripts"]
    assert [(each["name"], "script" in each) for each in shown] == [("t", False)]
    assert vultr.refusal("POST /startup-scripts", name="s", script="#!/bin/sh")[0] == 400
    assert vultr.ask(f"DELETE /startup-scripts/{made['id']}").status_code == 204


def test_a_reserved_address_outlives_its_instance(vultr: Vultr, machines: FakeMachines) -> None:
    reserved = vultr.post("/reserved-ips", region="fra", ip_type="v4", label="web")["reserved_ip"]
    expect(reserved, RESERVED_IP)
    path = f"/reserved-ips/{reserved['id']}"
    instance = vultr.instance(reserved_ipv4=reserved["id"])
    assert instance["main_ip"] == reserved["subnet"] == only(machines).address
    assert vultr.get(path)["reserved_ip"]["instance_id"] == instance["id"]
    assert vultr.refusal(f"DELETE {path}")[0] == 400
    assert "already attached" in vultr.refusal(
        "POST /instances", region="fra", plan="vc2-1c-1gb", os_id=2136,
        reserved_ipv4=reserved["id"],
    )[1]  # fmt: skip
    vultr.ask(f"DELETE /instances/{instance['id']}")
    assert vultr.get(path)["reserved_ip"]["instance_id"] == ""
    assert vultr.ask(f"PATCH {path}", label="other").json()["reserved_ip"]["label"] == "other"
    assert vultr.ask(f"DELETE {path}").status_code == 204


def test_an_attach_that_the_lab_cannot_do_says_so(vultr: Vultr) -> None:
    reserved = vultr.post("/reserved-ips", region="fra", ip_type="v4")["reserved_ip"]
    instance = vultr.instance()
    status, words = vultr.refusal(
        f"POST /reserved-ips/{reserved['id']}/attach", instance_id=instance["id"]
    )
    assert (status, "does not offer" in words) == (400, True)
