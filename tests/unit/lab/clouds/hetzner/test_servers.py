"""Servers, as Hetzner's own client sees them."""

import email
from collections.abc import Callable
from typing import Any

import pytest
from hcloud import APIException
from hcloud.actions import ActionFailedException
from hcloud.images import Image
from hcloud.locations import Location
from hcloud.server_types import ServerType
from hcloud.servers import ServerCreatePublicNetwork
from hcloud.ssh_keys import SSHKey

from tests.unit.lab.clouds.hetzner.conftest import Vendor, client_of
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.hetzner.test_ssh_keys import PUBLIC_KEY


def create(client: Vendor, name: str = "web", **options: Any) -> Vendor:
    """A server that has finished booting."""
    options = {"server_type": ServerType(name="cx23"), "image": Image(name="debian-12"), **options}
    made = client.servers.create(name=name, **options)
    for action in [made.action, *made.next_actions]:
        action.wait_until_finished()
    return client.servers.get_by_id(made.server.id)


def refusal(call: Callable[[], object]) -> APIException:
    with pytest.raises(APIException) as caught:
        call()
    return caught.value


def test_a_created_server_runs_at_its_public_addresses(
    client: Vendor, machines: FakeMachines
) -> None:
    server = create(client, location=Location(name="nbg1"), user_data="#cloud-config\n{}")
    assert server.status == "running"
    assert server.location.name == "nbg1"
    assert server.image.name == "debian-12"
    assert server.public_net.ipv4.ip == "203.0.113.16"
    assert server.public_net.ipv6.ip == "2001:db8:100:1::/64"
    machine = machines.all[f"hetzner-{server.id}"]
    assert (machine.address, machine.address6) == ("203.0.113.16", "2001:db8:100:1::1/64")
    assert (machine.image, machine.hostname) == ("debian-12", "web")
    assert machine.user_data == "#cloud-config\n{}"
    assert machine.rules is None


def test_the_answer_to_create_comes_before_the_server_runs(serve: Callable[..., str]) -> None:
    client = client_of(serve(action_seconds=1.0))  # a busy machine still asks in time
    made = client.servers.create("web", ServerType(name="cx23"), Image(name="debian-12"))
    assert made.server.status == "initializing"
    assert made.action.status == "running"
    assert [action.command for action in made.next_actions] == ["start_server"]
    assert refusal(made.server.delete).code == "locked"
    made.next_actions[0].wait_until_finished()
    assert client.actions.get_by_id(made.action.id).progress == 100


def test_machines_are_called_off_the_apis_own_thread(
    client: Vendor, machines: FakeMachines
) -> None:
    create(client)
    assert machines.threads


def test_only_the_wanted_addresses_are_given(client: Vendor, machines: FakeMachines) -> None:
    only6 = ServerCreatePublicNetwork(enable_ipv4=False, enable_ipv6=True)
    server = create(client, public_net=only6)
    assert server.public_net.ipv4 is None
    assert machines.all[f"hetzner-{server.id}"].address is None


def test_ssh_keys_of_the_project_let_root_in(client: Vendor, machines: FakeMachines) -> None:
    client.ssh_keys.create("me", PUBLIC_KEY)
    server = create(client, ssh_keys=[SSHKey(name="me")], user_data="#cloud-config\n{}")
    parts = email.message_from_string(machines.all[f"hetzner-{server.id}"].user_data).get_payload()
    assert isinstance(parts, list)
    texts = [part.get_payload(decode=True) for part in parts]  # type: ignore[union-attr]  # parts of a multipart message are messages
    assert PUBLIC_KEY.encode() in texts[0]
    assert texts[1] == b"#cloud-config\n{}"


def test_a_failed_boot_ends_the_action_with_its_reason(
    client: Vendor, machines: FakeMachines
) -> None:
    machines.broken = "no root for debian-12"
    made = client.servers.create("web", ServerType(name="cx23"), Image(name="debian-12"))
    with pytest.raises(ActionFailedException, match="no root for debian-12"):
        made.next_actions[0].wait_until_finished()
    server = client.servers.get_by_id(made.server.id)
    assert server.status == "off"
    server.delete().wait_until_finished()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"name": "not_a_host"}, "invalid_input", "name"),
        ({"server_type": ServerType(name="cx99")}, "invalid_input", "server_type"),
        ({"server_type": ServerType(name="cx22")}, "invalid_input", "deprecated"),
        ({"image": Image(name="plan9-4")}, "invalid_input", "image"),
        ({"image": Image(name="ubuntu-24.04")}, "unsupported_error", "debian-12 and debian-13"),
        (
            {"server_type": ServerType(name="cax11"), "image": Image(id=114690387)},
            "invalid_input",
            "",
        ),
        ({"location": Location(name="mars1")}, "invalid_input", "location"),
        ({"location": Location(name="ash")}, "invalid_input", "unsupported location"),
        (
            {"server_type": ServerType(name="cax11"), "location": Location(name="nbg1")},
            "resource_unavailable",
            "error during placement",
        ),
        ({"user_data": "x" * 32769}, "invalid_input", "user_data"),
        ({"labels": {"bad key": "x"}}, "invalid_input", "labels"),
        ({"ssh_keys": [SSHKey(name="nobody")]}, "invalid_input", "ssh_keys"),
    ],
)
def test_a_bad_request_is_refused_and_makes_nothing(
    client: Vendor, options: dict[str, Any], code: str, message: str
) -> None:
    error = refusal(lambda: create(client, **options))
    assert (error.code, message in error.message) == (code, True)
    assert client.servers.get_all() == []
    assert client.primary_ips.get_all() == []


def test_a_name_is_used_once(client: Vendor) -> None:
    create(client)
    assert refusal(lambda: create(client)).code == "uniqueness_error"
    other = create(client, name="other")
    assert refusal(lambda: other.update(name="web")).code == "uniqueness_error"
    assert other.update(name="third", labels={"a": "b"}).labels == {"a": "b"}


def test_the_number_of_servers_is_limited(serve: Callable[..., str]) -> None:
    client = client_of(serve(server_limit=1))
    create(client)
    assert refusal(lambda: create(client, name="more")).code == "resource_limit_exceeded"


def test_servers_are_found_by_name_label_and_status(client: Vendor) -> None:
    create(client, labels={"env": "dev"})
    create(client, name="other")
    assert client.servers.get_by_name("web") is not None
    assert client.servers.get_by_name("none") is None
    assert [s.name for s in client.servers.get_all(label_selector="env in (dev, prod)")] == ["web"]
    assert [s.name for s in client.servers.get_all(label_selector="!env")] == ["other"]
    assert len(client.servers.get_all(status=["running"])) == 2
    assert client.servers.get_all(status=["off"]) == []
    page = client.servers.get_list(page=2, per_page=1)
    assert [s.name for s in page.servers] == ["other"]
    assert page.meta.pagination is not None
    assert page.meta.pagination.total_entries == 2


def test_power_is_switched(client: Vendor, machines: FakeMachines) -> None:
    server = create(client)
    for call, status in (
        (server.power_off, "off"),
        (server.power_on, "running"),
        (server.reboot, "running"),
        (server.shutdown, "off"),
        (server.reset, "running"),
    ):
        call().wait_until_finished()
        server.reload()
        assert server.status == status
    calls = machines.all[f"hetzner-{server.id}"].calls
    assert calls == ["power_off", "start", "reboot", "shut_down", "power_off", "start"]


def test_a_server_stopped_from_inside_is_seen_to_be_off(
    client: Vendor, machines: FakeMachines
) -> None:
    server = create(client)
    machines.all[f"hetzner-{server.id}"].running = False
    server.reload()
    assert server.status == "off"


def test_the_type_changes_while_the_server_is_off_and_it_comes_back(client: Vendor) -> None:
    server = create(client)
    change = {"server_type": ServerType(name="cx33"), "upgrade_disk": False}
    assert refusal(lambda: server.change_type(**change)).code == "server_not_stopped"
    server.power_off().wait_until_finished()
    server.change_type(**change).wait_until_finished()
    server.reload()
    assert (server.server_type.name, server.primary_disk_size) == ("cx33", 40)
    assert server.status == "running"


def test_a_server_does_not_shrink_below_its_disk(client: Vendor) -> None:
    server = create(client, server_type=ServerType(name="cx33"))
    server.power_off().wait_until_finished()
    error = refusal(lambda: server.change_type(ServerType(name="cx23"), upgrade_disk=True))
    assert error.code == "invalid_server_type"


def test_rebuild_puts_another_image_on_the_same_server(
    client: Vendor, machines: FakeMachines
) -> None:
    server = create(client)
    address = server.public_net.ipv4.ip
    server.rebuild(Image(name="debian-13")).action.wait_until_finished()
    server.reload()
    assert (server.image.name, server.public_net.ipv4.ip) == ("debian-13", address)
    assert machines.all[f"hetzner-{server.id}"].image == "debian-13"


def test_a_protected_server_stays(client: Vendor) -> None:
    server = create(client)
    server.change_protection(delete=True, rebuild=True).wait_until_finished()
    assert refusal(server.delete).code == "protected"
    assert refusal(lambda: server.rebuild(Image(name="debian-13"))).code == "protected"


def test_a_deleted_server_is_gone_with_its_addresses(
    client: Vendor, machines: FakeMachines
) -> None:
    server = create(client)
    server.delete().wait_until_finished()
    assert machines.all == {}
    assert client.primary_ips.get_all() == []
    assert refusal(lambda: client.servers.get_by_id(server.id)).code == "not_found"
    assert refusal(server.delete).code == "not_found"


def test_reverse_dns_is_set_and_reset(client: Vendor) -> None:
    server = create(client)
    ip = server.public_net.ipv4.ip
    server.change_dns_ptr(ip, "web.example.com").wait_until_finished()
    server.reload()
    assert server.public_net.ipv4.dns_ptr == "web.example.com"
    server.change_dns_ptr(ip, None).wait_until_finished()
    server.reload()
    assert server.public_net.ipv4.dns_ptr == "static.16.113.0.203.clients.your-server.de"
    assert refusal(lambda: server.change_dns_ptr("192.0.2.1", "x.y")).code == "invalid_input"


def test_what_is_not_offered_is_said(client: Vendor) -> None:
    server = create(client)
    error = refusal(lambda: server.enable_rescue("linux64"))
    assert error.code == "unsupported_error"
    assert "enable_rescue" in error.message


def test_everything_is_there_after_a_restart(
    serve: Callable[..., str], machines: FakeMachines
) -> None:
    server = create(client_of(serve()), user_data="secret")
    again = client_of(serve())
    assert again.servers.get_by_id(server.id).status == "running"
    assert create(again, name="more").public_net.ipv4.ip == "203.0.113.17"
    assert set(machines.all) == {f"hetzner-{s.id}" for s in again.servers.get_all()}
