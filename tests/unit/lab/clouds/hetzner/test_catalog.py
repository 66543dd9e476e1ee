"""What can be rented, as Hetzner's own client sees it."""

import httpx
import pytest
from hcloud.images import Image
from hcloud.locations import Location

from tests.unit.lab.clouds.hetzner.conftest import TOKEN, Vendor
from tests.unit.lab.clouds.hetzner.test_servers import refusal


def test_server_types_say_where_they_are_to_be_had(client: Vendor) -> None:
    cax11 = client.server_types.get_by_name("cax11")
    assert {each.location.name: each.available for each in cax11.locations} == {
        "nbg1": False, "fsn1": True, "hel1": True,
    }  # fmt: skip
    cx22 = client.server_types.get_by_name("cx22")
    assert all(each.deprecation is not None for each in cx22.locations)
    assert client.server_types.get_by_id(cax11.id).architecture == "arm"
    assert client.server_types.get_by_name("cx23").prices[0]["price_monthly"]["net"][:4] == "5.49"


def test_a_server_type_may_be_sold_out_everywhere_and_not_deprecated(client: Vendor) -> None:
    cx53 = client.server_types.get_by_name("cx53")
    assert not any(each.available for each in cx53.locations)
    assert not any(each.deprecation for each in cx53.locations)


def test_a_server_type_whose_end_is_announced_can_be_ordered(client: Vendor) -> None:
    cpx21 = client.server_types.get_by_name("cpx21")
    assert all(each.available and each.deprecation for each in cpx21.locations)
    image = Image(name="debian-13")
    made = client.servers.create(
        name="still", server_type=cpx21, image=image, location=Location(name="ash")
    )
    assert made.server.server_type.name == "cpx21"


def test_locations_are_listed_and_found(client: Vendor) -> None:
    names = [each.name for each in client.locations.get_all()]
    assert sorted(names) == ["ash", "fsn1", "hel1", "hil", "nbg1", "sin"]
    assert client.locations.get_by_name("nbg1").network_zone == "eu-central"


def test_images_are_found_by_name_and_architecture(client: Vendor) -> None:
    image = client.images.get_by_name_and_architecture("debian-12", "arm")
    assert image.architecture == "arm"
    assert client.images.get_by_id(image.id).name == "debian-12"
    names = {each.name for each in client.images.get_all(type=["system"])}
    assert names == {"debian-12", "debian-13", "ubuntu-24.04"}
    assert len(client.images.get_all(include_deprecated=True, name="debian-11")) == 1


def test_prices_are_told_in_euros(client: Vendor) -> None:
    answer = client.request("GET", "/pricing")
    assert answer["pricing"]["currency"] == "EUR"


@pytest.mark.parametrize(
    "kind", ["volumes", "networks", "load_balancers", "placement_groups", "floating_ips", "isos"]
)
def test_other_kinds_exist_and_are_empty(client: Vendor, kind: str) -> None:
    assert getattr(client, kind).get_all() == []
    assert refusal(lambda: getattr(client, kind).get_by_id(1)).code == "not_found"


def test_datacenters_are_gone(client: Vendor) -> None:
    error = refusal(lambda: client.request("GET", "/datacenters"))
    assert error.code == "deprecated_api_endpoint"
    answer = httpx.get(
        f"{client._client._endpoint}/datacenters/4", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert answer.status_code == 410
