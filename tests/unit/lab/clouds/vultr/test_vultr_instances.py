"""Instances: what is documented about them, and what their machines get."""

import base64
import email
from collections.abc import Callable
from email.message import Message
from typing import Any

import pytest

from tests.unit.lab.clouds.hetzner.machines import FakeMachines, Machine
from tests.unit.lab.clouds.vultr.conftest import PUBLIC_KEY, Vultr, only
from tests.unit.lab.clouds.vultr.schema import INSTANCE, expect

NEW = {"region": "fra", "plan": "vc2-1c-1gb", "os_id": 2136}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def parts_of(machine: Machine) -> list[Message]:
    """What cloud-init is given."""
    return list(email.message_from_string(machine.user_data).walk())[1:]


def user_data_in(machine: Machine) -> str:
    """The user's own part of it."""
    raw = parts_of(machine)[-1].get_payload(decode=True)
    assert isinstance(raw, bytes)
    return raw.decode()


def test_an_image_has_a_firewall_of_its_own_that_lets_in_ssh_alone(
    vultr: Vultr, machines: FakeMachines
) -> None:
    vultr.instance()
    (hook,) = parts_of(only(machines))
    assert hook.get_content_type() == "text/cloud-boothook"
    assert "echo 22 >" in str(hook)


def test_a_created_instance_runs_at_its_addresses(vultr: Vultr, machines: FakeMachines) -> None:
    shown = vultr.instance(
        hostname="web", enable_ipv6=True, user_data=encoded("#cloud-config\n{}"), tags=["a", "b"]
    )
    expect(shown, INSTANCE)
    assert (shown["status"], shown["power_status"]) == ("active", "running")
    assert shown["main_ip"] == "203.0.113.64"
    assert (shown["v6_network"], shown["v6_network_size"]) == ("2001:db8:200:1::", 64)
    assert (shown["os"], shown["ram"]) == ("Debian 12 x64 (bookworm)", 1024)
    assert (shown["tags"], shown["features"]) == (["a", "b"], ["ipv6"])
    machine = machines.all["vultr-1001"]
    assert machine.address == "203.0.113.64"
    assert shown["v6_main_ip"] == "2001:0db8:0200:0001:5400:00ff:fe00:0001"
    assert machine.address6 == "2001:db8:200:1:5400:ff:fe00:1/64"
    assert (machine.image, machine.hostname) == ("debian-12", "web")
    assert user_data_in(machine) == "#cloud-config\n{}"
    assert machine.rules is None


def test_the_answer_to_create_comes_before_the_instance_is_there(
    serve: Callable[..., str],
) -> None:
    vultr = Vultr(serve(boot_seconds=2.0))  # a busy machine still asks in time
    made = vultr.post("/instances", 202, **NEW)["instance"]
    expect(made, INSTANCE)
    assert (made["status"], made["main_ip"]) == ("pending", "0.0.0.0")
    assert made["default_password"]
    assert vultr.refusal(f"DELETE /instances/{made['id']}") == (400, "Server is currently locked")
    assert vultr.settled(made["id"])["main_ip"] == "203.0.113.64"
    assert "default_password" not in vultr.settled(made["id"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"region": "xyz"}, "Invalid region."),
        ({"plan": "vc2-9c-9gb"}, "Invalid plan."),
        ({"plan": ""}, "plan is required"),
        ({"os_id": 0}, "One of os_id"),
        ({"os_id": 9}, "Invalid OS."),
        ({"os_id": 2284}, "does not offer Ubuntu 24.04"),
        ({"os_id": "2136"}, "Invalid os_id"),
        ({"region": "hnl"}, "Plan is not available in the selected region."),
        ({"region": "fra", "plan": "vc2-1c-0.5gb"}, "Plan is not available"),
        ({"plan": "voc-c-1c-2gb-25s-amd"}, "Plan is not available"),
        ({"plan": "vx1-g-2c-8g"}, "does not offer a plan that boots from block storage"),
        ({"hostname": "a_b"}, "Invalid hostname."),
        ({"user_data": "#cloud-config"}, "Invalid user_data"),
        ({"user_data": encoded("x" * 70_000)}, "Invalid user_data"),
        ({"tags": "a"}, "Invalid tags"),
        ({"firewall_group_id": "x"}, "Invalid firewall group."),
        ({"sshkey_id": ["x"]}, "Invalid ssh key"),
        ({"script_id": "x"}, "Startup script not found"),
        ({"reserved_ipv4": "x"}, "Reserved IP not found"),
        ({"user_scheme": "boss"}, "Invalid user_scheme"),
        ({"enable_ipv6": "yes"}, "Invalid enable_ipv6"),
        ({"snapshot_id": "x"}, "does not offer an instance's snapshot_id"),
    ],
)
def test_what_cannot_be_rented_is_refused(
    vultr: Vultr, machines: FakeMachines, change: dict[str, Any], words: str
) -> None:
    status, told = vultr.refusal("POST /instances", **{**NEW, **change})
    assert status in (400, 404)
    assert words in told
    assert not machines.all
    assert vultr.get("/instances")["instances"] == []


def test_an_account_has_a_limit(serve: Callable[..., str]) -> None:
    vultr = Vultr(serve(instance_limit=1))
    vultr.instance()
    assert vultr.refusal("POST /instances", **NEW)[0] == 403


def test_keys_script_and_user_data_all_reach_cloud_init(
    vultr: Vultr, machines: FakeMachines
) -> None:
    key = vultr.post("/ssh-keys", name="me", ssh_key=PUBLIC_KEY)["ssh_key"]["id"]
    script = vultr.post("/startup-scripts", name="s", script=encoded("#!/bin/sh\necho hi\n"))
    vultr.instance(
        sshkey_id=[key],
        script_id=script["startup_script"]["id"],
        user_data=encoded("#cloud-config\n{}"),
    )
    hooks, *others = parts_of(only(machines))
    assert [part.get_content_type() for part in (hooks, *others)] == [
        "text/cloud-boothook",
        "text/cloud-boothook",
        "text/x-shellscript",
        "text/plain",
    ]
    assert "me@example" in str(others[0])


def test_a_plan_without_ipv4_has_ipv6_alone(vultr: Vultr, machines: FakeMachines) -> None:
    shown = vultr.instance(region="ewr", plan="vc2-1c-0.5gb-v6")
    assert (shown["main_ip"], shown["v6_network"]) == ("0.0.0.0", "2001:db8:200:1::")
    assert only(machines).address is None


def test_user_data_can_be_read_back_in_base64(vultr: Vultr) -> None:
    key = vultr.instance(user_data=encoded("#cloud-config"))["id"]
    assert vultr.get(f"/instances/{key}/user-data") == {
        "user_data": {"data": encoded("#cloud-config")}
    }


def test_labels_and_tags_change_in_place(vultr: Vultr) -> None:
    key = vultr.instance(label="old", tags=["a"])["id"]
    answer = vultr.ask(f"PATCH /instances/{key}", label="new", tags=None, ddos_protection=None)
    assert (answer.status_code, answer.json()["instance"]["label"]) == (202, "new")
    assert vultr.get(f"/instances/{key}")["instance"]["tags"] == ["a"]
    assert vultr.get("/instances?label=new")["meta"]["total"] == 1
    assert vultr.get("/instances?tag=b")["meta"]["total"] == 0


def test_a_larger_plan_is_taken_with_a_reboot_and_never_back(
    vultr: Vultr, machines: FakeMachines
) -> None:
    key = vultr.instance()["id"]
    assert "vc2-1c-2gb" in vultr.get(f"/instances/{key}/upgrades?type=plans")["upgrades"]["plans"]
    vultr.ask(f"PATCH /instances/{key}", plan="vc2-1c-2gb")
    assert vultr.settled(key)["plan"] == "vc2-1c-2gb"
    assert only(machines).calls == ["reboot"]
    status, words = vultr.refusal(f"PATCH /instances/{key}", plan="vc2-1c-1gb")
    assert (status, "not an upgrade" in words) == (400, True)


@pytest.mark.parametrize(
    ("calls", "done", "power"),
    [
        (["halt"], ["power_off"], "stopped"),
        (["halt", "start"], ["power_off", "start"], "running"),
        (["start"], ["reboot"], "running"),
        (["reboot"], ["reboot"], "running"),
        (["reinstall"], ["rebuild"], "running"),
    ],
)
def test_power_moves_the_machine(
    vultr: Vultr, machines: FakeMachines, calls: list[str], done: list[str], power: str
) -> None:
    key = vultr.instance()["id"]
    for call in calls:
        answer = vultr.ask(f"POST /instances/{key}/{call}")
        assert answer.status_code == (202 if call == "reinstall" else 204)
        vultr.settled(key)
    assert only(machines).calls == done
    assert vultr.settled(key)["power_status"] == power


def test_several_are_moved_with_one_call(vultr: Vultr, machines: FakeMachines) -> None:
    keys = [vultr.instance()["id"] for _ in range(2)]
    assert vultr.ask("POST /instances/halt", instance_ids=keys).status_code == 204
    assert [vultr.settled(key)["power_status"] for key in keys] == ["stopped", "stopped"]
    assert {name: machine.running for name, machine in machines.all.items()} == {
        "vultr-1001": False,
        "vultr-1002": False,
    }


def test_a_machine_that_does_not_boot_is_shown_as_stopped(
    vultr: Vultr, machines: FakeMachines
) -> None:
    machines.broken = "no disk"
    shown = vultr.instance()
    assert shown["power_status"] == "stopped"
    machines.broken = ""
    vultr.ask(f"POST /instances/{shown['id']}/start")
    assert vultr.settled(shown["id"])["power_status"] == "running"


def test_delete_takes_the_machine_away(vultr: Vultr, machines: FakeMachines) -> None:
    key = vultr.instance()["id"]
    assert vultr.ask(f"DELETE /instances/{key}").status_code == 204
    assert not machines.all
    assert vultr.refusal(f"DELETE /instances/{key}")[0] == 404
    # An address that was given back is used again last.
    assert vultr.instance()["main_ip"] == "203.0.113.65"


def test_what_the_published_provider_reads_beside_the_instance_is_there(vultr: Vultr) -> None:
    key = vultr.instance()["id"]
    schedule = vultr.get(f"/instances/{key}/backup-schedule")["backup_schedule"]
    assert schedule["enabled"] is False
    for kind in ("vpcs", "vpc2"):
        assert vultr.get(f"/instances/{key}/{kind}")["vpcs"] == []


def test_addresses_and_the_names_they_point_to(vultr: Vultr) -> None:
    shown = vultr.instance(enable_ipv6=True)
    path = f"/instances/{shown['id']}"
    (four,) = vultr.get(f"{path}/ipv4")["ipv4s"]
    (six,) = vultr.get(f"{path}/ipv6")["ipv6s"]
    assert (four["ip"], four["type"]) == (shown["main_ip"], "main_ip")
    assert (six["ip"], six["network"]) == (shown["v6_main_ip"], shown["v6_network"])
    vultr.post(f"{path}/ipv4/reverse", 204, ip=four["ip"], reverse="vps.example")
    vultr.post(f"{path}/ipv6/reverse", 204, ip=six["ip"], reverse="vps6.example")
    assert vultr.get(f"{path}/ipv4")["ipv4s"][0]["reverse"] == "vps.example"
    assert vultr.get(f"{path}/ipv6/reverse") == {
        "reverse_ipv6s": [{"ip": "2001:db8:200:1:5400:ff:fe00:1", "reverse": "vps6.example"}]
    }
    vultr.post(f"{path}/ipv4/reverse/default", 204, ip=four["ip"])
    assert "vultrusercontent" in vultr.get(f"{path}/ipv4")["ipv4s"][0]["reverse"]
    assert vultr.refusal(f"POST {path}/ipv4/reverse", ip="192.0.2.1", reverse="x")[0] == 400
