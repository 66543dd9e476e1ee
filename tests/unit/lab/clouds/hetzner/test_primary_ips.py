"""Primary IPs, as Hetzner's own client sees them."""

from hcloud.images import Image
from hcloud.locations import Location
from hcloud.primary_ips import PrimaryIP
from hcloud.server_types import ServerType
from hcloud.servers import ServerCreatePublicNetwork

from tests.unit.lab.clouds.hetzner.conftest import Vendor
from tests.unit.lab.clouds.hetzner.test_servers import create, refusal


def test_an_address_of_ones_own_survives_its_server(client: Vendor) -> None:
    made = client.primary_ips.create(type="ipv4", name="keep", location=Location(name="fsn1"))
    kept = made.primary_ip
    net = ServerCreatePublicNetwork(ipv4=PrimaryIP(id=kept.id), enable_ipv6=False)
    server = create(client, location=Location(name="fsn1"), public_net=net)
    assert server.public_net.ipv4.ip == kept.ip
    assert refusal(kept.delete).code == "server_not_stopped"
    again = refusal(lambda: create(client, "two", location=Location(name="fsn1"), public_net=net))
    assert again.code == "primary_ip_assigned"
    server.delete().wait_until_finished()
    kept.reload()
    assert kept.assignee_id is None
    kept.delete()
    assert client.primary_ips.get_all() == []


def test_an_address_is_used_where_it_is(client: Vendor) -> None:
    made = client.primary_ips.create(type="ipv4", name="keep", location=Location(name="hel1"))
    net = ServerCreatePublicNetwork(ipv4=PrimaryIP(id=made.primary_ip.id))
    error = refusal(lambda: create(client, location=Location(name="fsn1"), public_net=net))
    assert error.code == "primary_ip_datacenter_mismatch"


def test_an_address_given_back_is_not_given_out_next(client: Vendor) -> None:
    first = create(client)
    first.delete().wait_until_finished()
    assert create(client).public_net.ipv4.ip != first.public_net.ipv4.ip


def test_a_server_not_yet_started_takes_addresses(client: Vendor) -> None:
    made = client.servers.create(
        "web",
        ServerType(name="cx23"),
        Image(name="debian-12"),
        location=Location(name="fsn1"),
        start_after_create=False,
        public_net=ServerCreatePublicNetwork(enable_ipv4=False),
    )
    made.action.wait_until_finished()
    address = client.primary_ips.create(
        type="ipv4", name="late", location=Location(name="fsn1")
    ).primary_ip
    address.assign(made.server.id, "server").wait_until_finished()
    made.server.power_on().wait_until_finished()
    made.server.reload()
    assert made.server.public_net.ipv4.ip == address.ip
    assert refusal(address.unassign).code == "server_not_stopped"
