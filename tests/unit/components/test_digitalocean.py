"""A VPS from DigitalOcean: what the engine is asked for, and what the catalog says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockResourceArgs

from components.modes import MODES
from components.ports import EVERYWHERE, open_ports
from components.vps import Vps, VpsArgs
from components.vps.digitalocean import digitalocean_catalog, tag_name
from components.vps.offer import choose_offer
from lab.clouds.digitalocean import create_app
from settings import DigitalOceanServer
from tests.unit.components.engine import Clouds, Recorder, deploy, is_secret
from tests.unit.components.samples import OTHER_STACK, STACK
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.hetzner.serving import served

OPEN_PORTS = open_ports(MODES["flexible"], ["198.51.100.0/24", "2001:db8:ed6e::/48"], ssh_port=22)
TOKEN = "dop_v1_" + "0123456789abcdef" * 4
SPEC = DigitalOceanServer(provider="digitalocean")


def rent(spec: DigitalOceanServer = SPEC) -> None:
    """Vps on a droplet, and what it says about itself."""
    vps = Vps(
        "vps",
        VpsArgs(
            server=spec,
            region="fra1",
            stack=STACK,
            open_ports=OPEN_PORTS,
        ),
    )
    pulumi.export("address", vps.host.address)
    pulumi.export("address6", vps.host.address6)


@pytest.fixture
def rented() -> Recorder:
    return deploy(rent)


def test_a_droplet_is_born_with_its_keys_and_its_addresses_are_known(rented: Recorder) -> None:
    droplet = rented["vps-server"]

    assert (droplet.inputs["image"], droplet.inputs["region"]) == ("debian-13-x64", "fra1")
    assert droplet.inputs["size"] == "s-1vcpu-1gb"
    assert droplet.inputs["sshKeys"] == ["id-vps-login"]
    assert droplet.inputs["ipv6"] is True
    assert is_secret(droplet.inputs["userData"])
    assert list(droplet.options.ignoreChanges) == ["userData"]
    assert rented.outputs == {"address": "203.0.113.96", "address6": "2001:db8:300:1::d001"}


@pytest.mark.parametrize("owed", ["ipv4Address", "ipv6Address"])
def test_an_address_that_is_not_told_yet_is_no_address(owed: str) -> None:
    class Slow(Clouds):
        def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
            made, state = super().new_resource(args)
            return made, {**state, owed: ""} if args.name == "vps-server" else state

    with pytest.raises(pulumi.RunError, match="not told the new VPS's address yet") as refused:
        deploy(rent, clouds=Slow())

    assert "pulumi up --refresh" in str(refused.value)


def test_a_larger_size_can_be_taken_back(rented: Recorder) -> None:
    assert rented["vps-server"].inputs["resizeDisk"] is False


def test_a_droplet_is_born_behind_its_firewall_which_covers_no_other_stacks(
    rented: Recorder,
) -> None:
    (tag,) = rented.named("Tag")
    firewall, droplet = rented["vps-firewall"], rented["vps-server"]

    assert tag.name == "vps-reverse-proxy:dev"
    assert "name" not in tag.inputs  # Pulumi's own suffix makes it this stack's alone
    assert firewall.urn in droplet.options.dependencies
    assert set(tag_urns(firewall)) == set(tag_urns(droplet)) == {tag.urn}
    assert "dropletIds" not in firewall.inputs


def tag_urns(one: object) -> list[str]:
    """What the tags of a resource depend on."""
    return list(one.options.propertyDependencies["tags"].urns)  # type: ignore[attr-defined] # a registration


def test_the_firewall_opens_what_the_mode_needs_and_lets_everything_out(rented: Recorder) -> None:
    inputs = rented["vps-firewall"].inputs

    assert [
        (rule["protocol"], rule["portRange"], rule["sourceAddresses"])
        for rule in inputs["inboundRules"]
    ] == [("tcp", str(opened.port), [*opened.sources]) for opened in OPEN_PORTS]
    assert [
        (rule["protocol"], rule.get("portRange"), rule["destinationAddresses"])
        for rule in inputs["outboundRules"]
    ] == [
        ("tcp", "1-65535", [*EVERYWHERE]),
        ("udp", "1-65535", [*EVERYWHERE]),
        ("icmp", None, [*EVERYWHERE]),
    ]


def test_a_preview_needs_no_value_that_is_not_there_yet(rented: Recorder) -> None:
    preview = deploy(rent, clouds=Clouds(preview=True), preview=True)

    assert names(preview) == names(rented)


def names(recorder: Recorder) -> list[str]:
    """All resources; in which order depends on what was known first."""
    return sorted(one.name for one in recorder.registered)


def test_everything_is_a_child_of_the_component(rented: Recorder) -> None:
    mine = [one for one in rented.registered if one.type.startswith("digitalocean:")]

    assert len(mine) == 4
    assert all("vps-reverse-proxy:index:Vps$" in one.urn for one in mine)


def test_another_size_is_another_machine_to_every_step() -> None:
    small = deploy(rent)["vps-boot"].text("stdin")
    large = deploy(lambda: rent(SPEC.model_copy(update={"size": "s-1vcpu-2gb"})))["vps-boot"]

    assert small != large.text("stdin")


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        (STACK.labels, "vps-reverse-proxy:dev"),
        (OTHER_STACK.labels, "vps-reverse-proxy:2024-prod"),
        ({"managed-by": "p", "stack": "My.Stack"}, "p:my-stack"),
    ],
)
def test_a_tag_names_the_stack_in_the_allowed_characters(labels: dict[str, str], name: str) -> None:
    assert tag_name(labels) == name


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The lab's API, found as the provider's plugin finds another one."""
    app = create_app(
        machines=FakeMachines(), tokens=frozenset({TOKEN}), state_file=tmp_path / "state.json"
    )
    with served(app) as address:
        monkeypatch.setenv("DIGITALOCEAN_API_URL", address.removesuffix("/v1"))
        yield address


@pytest.mark.usefixtures("endpoint")
def test_the_catalog_tells_where_a_size_can_be_ordered_and_for_how_much() -> None:
    catalog = digitalocean_catalog(TOKEN)

    size = catalog.sizes["s-1vcpu-1gb"]
    assert (size.memory_mb, size.prices["fra1"], catalog.currency) == (1024, 6.0, "USD")
    assert size.disk_gb == 25
    assert "lon1" not in size.prices  # sold out
    assert "sfo2" in catalog.regions
    assert not any("sfo2" in each.prices for each in catalog.sizes.values())  # closed
    assert catalog.sizes["1gb"].deprecated
    assert catalog.regions["fra1"] == "Frankfurt 1"
    assert [each.name for each in catalog.cheapest("fra1", count=2)] == [
        "s-1vcpu-512mb-10gb",
        "s-1vcpu-1gb",
    ]


@pytest.mark.usefixtures("endpoint")
def test_the_catalog_reads_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = digitalocean_catalog(TOKEN)
    monkeypatch.setattr("components.vps.digitalocean.PAGE", 3)

    assert digitalocean_catalog(TOKEN) == whole


@pytest.mark.usefixtures("endpoint")
def test_the_default_can_be_ordered_and_a_sold_out_region_is_passed_over() -> None:
    catalog = digitalocean_catalog(TOKEN)
    offer = choose_offer(SPEC, catalog, None, project="p")
    assert (offer.region, offer.monthly_cost, offer.currency) == ("fra1", 6.0, "USD")

    elsewhere = SPEC.model_copy(update={"regions": ("lon1", "sfo2", "ams3")})
    assert choose_offer(elsewhere, catalog, None, project="p").region == "ams3"


@pytest.mark.usefixtures("endpoint")
def test_a_refused_token_is_told_with_its_remedy_and_not_shown() -> None:
    with pytest.raises(pulumi.RunError, match="digitalocean:token") as caught:
        digitalocean_catalog("wrong-token")

    assert "wrong-token" not in str(caught.value)


def test_nobody_answering_is_told_after_some_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITALOCEAN_API_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("components.http_client.time.sleep", lambda _: None)
    with pytest.raises(pulumi.RunError, match="DigitalOcean does not answer"):
        digitalocean_catalog(TOKEN)
