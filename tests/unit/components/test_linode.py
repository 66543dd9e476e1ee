"""A VPS from Linode: what the engine is asked for, and what the catalog says."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pulumi
import pytest

from components.modes import MODES
from components.naming import StackName
from components.ports import OpenPort, open_ports
from components.vps import Vps, VpsArgs
from components.vps.linode import label_of, linode_catalog, public_address
from components.vps.offer import choose_offer
from lab.clouds.linode import create_app
from settings import LinodeServer
from tests.unit.components.engine import Clouds, Recorder, deploy, is_secret
from tests.unit.components.samples import STACK
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.hetzner.serving import served

OPEN_PORTS = open_ports(MODES["flexible"], ["198.51.100.0/24", "2001:db8:ed6e::/48"], ssh_port=22)
TOKEN = "0123456789abcdef" * 4
SPEC = LinodeServer(provider="linode")
LABEL = re.compile(r"(?!.*--)[a-z0-9][a-z0-9-]{1,30}[a-z0-9]")  # what a firewall's may be


def rent(
    spec: LinodeServer = SPEC,
    region: str = "eu-central",
    stack: StackName = STACK,
    ports: Sequence[OpenPort] = OPEN_PORTS,
) -> Recorder:
    """The registrations of a Vps at Linode."""
    return deploy(lambda: program(spec, region, stack, ports))


def program(
    spec: LinodeServer = SPEC,
    region: str = "eu-central",
    stack: StackName = STACK,
    ports: Sequence[OpenPort] = OPEN_PORTS,
) -> None:
    """Vps at Linode, and what it says about itself."""
    vps = Vps("vps", VpsArgs(server=spec, region=region, stack=stack, open_ports=tuple(ports)))
    pulumi.export("address", vps.host.address)
    pulumi.export("address6", vps.host.address6)


@pytest.fixture
def rented() -> Recorder:
    return rent()


def test_a_linode_is_born_with_its_key_and_its_addresses_are_known(rented: Recorder) -> None:
    server = rented["vps-server"]

    assert (server.inputs["image"], server.inputs["region"]) == ("linode/debian13", "eu-central")
    assert (server.inputs["type"], server.inputs["booted"]) == ("g6-nanode-1", True)
    assert server.inputs["authorizedKeys"] == ["ssh-ed25519 AAAAPUBLICvps-login-key"]
    assert "rootPass" not in server.inputs
    assert is_secret(server.inputs["metadatas"][0]["userData"])
    assert list(server.options.ignoreChanges) == ["metadatas"]
    assert rented.outputs == {
        "address": "203.0.113.128",
        "address6": "2001:db8:400:0:f03c:95ff:fe00:1",
    }


def test_a_linode_is_never_without_its_firewall(rented: Recorder) -> None:
    server, firewall = rented["vps-server"], rented["vps-firewall"]

    assert server.inputs["firewallId"] == 1015
    # At this place only the older interfaces take a firewall, whatever the account prefers.
    assert server.inputs["interfaceGeneration"] == "legacy_config"
    assert "linodes" not in firewall.inputs
    assert list(firewall.options.ignoreChanges) == ["linodes"]


def test_the_firewall_opens_what_the_mode_needs_and_lets_everything_out(rented: Recorder) -> None:
    inputs = rented["vps-firewall"].inputs

    assert (inputs["inboundPolicy"], inputs["outboundPolicy"]) == ("DROP", "ACCEPT")
    assert [
        (rule["action"], rule["protocol"], rule["ports"], rule["ipv4s"], rule["ipv6s"])
        for rule in inputs["inbounds"]
    ] == [
        ("ACCEPT", "TCP", str(opened.port), [*opened.sources4], [*opened.sources6])
        for opened in OPEN_PORTS
    ]
    assert all(3 <= len(rule["label"]) <= 32 for rule in inputs["inbounds"])


def test_a_rule_without_addresses_of_a_kind_does_not_name_that_kind() -> None:
    narrow = open_ports(MODES["direct"], (), ssh_port=22, ssh_allow=["192.0.2.10/32"])
    ssh, *web = rent(ports=narrow)["vps-firewall"].inputs["inbounds"]

    assert ssh["ipv4s"] == ["192.0.2.10/32"]
    assert "ipv6s" not in ssh
    assert all(rule["ipv6s"] for rule in web)


def test_another_region_is_a_new_server_and_not_a_move(rented: Recorder) -> None:
    assert list(rented["vps-server"].options.replaceOnChanges) == ["region"]


def test_linode_names_the_server_so_a_replacement_can_stand_beside_it(rented: Recorder) -> None:
    assert "label" not in rented["vps-server"].inputs


def test_tags_name_the_stack_and_are_short_enough() -> None:
    for stack in ("dev", "s" * 100):
        recorder = rent(stack=StackName(project="vps-reverse-proxy", stack=stack))
        for name in ("vps-server", "vps-firewall"):
            tags = recorder[name].inputs["tags"]
            assert tags[0] == "managed-by:vps-reverse-proxy"
            assert tags[1].startswith(f"stack:{stack[:40]}")
            assert all(3 <= len(tag) <= 50 for tag in tags)


@pytest.mark.parametrize("stack", ["dev", "2024-prod", "My.Stack_", "--", "ä", "x" * 100])
def test_a_label_is_one_that_linode_takes(stack: str) -> None:
    assert LABEL.fullmatch(label_of(stack, "key"))


def test_stacks_of_one_name_in_one_account_have_other_labels() -> None:
    assert label_of("dev", "one key") != label_of("dev", "another key")


def test_the_public_address_is_told_from_a_private_one_in_any_order() -> None:
    assert public_address(["192.168.200.1", "203.0.113.128"]) == "203.0.113.128"
    assert public_address(["203.0.113.128", "192.168.200.1"]) == "203.0.113.128"
    assert public_address(["192.168.200.1"]) == ""


def test_a_preview_needs_no_value_that_is_not_there_yet(rented: Recorder) -> None:
    preview = deploy(program, clouds=Clouds(preview=True), preview=True)

    assert sorted(one.name for one in preview.registered) == sorted(
        one.name for one in rented.registered
    )


def test_everything_is_a_child_of_the_component(rented: Recorder) -> None:
    mine = [one for one in rented.registered if one.type.startswith("linode:")]

    assert len(mine) == 2
    assert all("vps-reverse-proxy:index:Vps$" in one.urn for one in mine)


def test_another_size_is_another_machine_to_every_step(rented: Recorder) -> None:
    larger = rent(SPEC.model_copy(update={"size": "g6-standard-1"}))

    assert rented["vps-boot"].text("stdin") != larger["vps-boot"].text("stdin")


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The lab's API, found as the provider's plugin finds another one."""
    app = create_app(
        machines=FakeMachines(), tokens=frozenset({TOKEN}), state_file=tmp_path / "state.json"
    )
    with served(app) as address:
        monkeypatch.setenv("LINODE_URL", address.removesuffix("/v1"))
        yield address


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize("token", [TOKEN, None])
def test_the_catalog_tells_anybody_where_a_size_can_be_ordered_and_for_how_much(
    token: str | None,
) -> None:
    catalog = linode_catalog(token)

    size = catalog.sizes["g6-nanode-1"]
    assert (size.memory_mb, size.prices["eu-central"], catalog.currency) == (1024, 5.0, "USD")
    assert size.disk_gb == 25
    assert (size.prices["br-gru"], size.prices["id-cgk"]) == (7.0, 6.0)
    assert "nl-ams" not in size.prices  # sold out
    assert catalog.regions["eu-central"] == "Frankfurt, DE"
    assert "us-den-edge-1" not in catalog.regions  # no user data there
    assert not any("-edge-" in name for name in catalog.sizes)
    assert [each.name for each in catalog.cheapest("eu-central", count=2)] == [
        "g6-nanode-1",
        "g6-standard-1",
    ]


@pytest.mark.usefixtures("endpoint")
def test_the_catalog_reads_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = linode_catalog(TOKEN)
    monkeypatch.setattr("components.vps.linode.PAGE_SIZE", 25)

    assert linode_catalog(TOKEN) == whole


@pytest.mark.usefixtures("endpoint")
def test_the_default_can_be_ordered_and_a_sold_out_region_is_passed_over() -> None:
    catalog = linode_catalog(TOKEN)
    offer = choose_offer(SPEC, catalog, None, project="p")
    assert (offer.region, offer.monthly_cost, offer.currency) == ("eu-central", 5.0, "USD")

    elsewhere = SPEC.model_copy(update={"regions": ("nl-ams", "br-gru")})
    assert choose_offer(elsewhere, catalog, None, project="p").monthly_cost == 7.0


@pytest.mark.usefixtures("endpoint")
def test_a_refused_token_is_told_with_its_remedy_and_not_shown() -> None:
    with pytest.raises(pulumi.RunError, match="linode:token") as caught:
        linode_catalog("wrong-token")

    assert "wrong-token" not in str(caught.value)


def test_nobody_answering_is_told_after_some_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINODE_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("components.http_client.time.sleep", lambda _: None)
    with pytest.raises(pulumi.RunError, match="Linode does not answer"):
        linode_catalog(TOKEN)
