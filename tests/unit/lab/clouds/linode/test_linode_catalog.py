"""What can be rented, as Linode's own client sees it."""

import pytest

from tests.unit.lab.clouds.linode.conftest import Vendor, refusal


def test_types_have_prices_that_some_regions_exceed(client: Vendor) -> None:
    types = {each.id: each for each in client.linode.types()}
    nanode = types["g6-nanode-1"]
    assert (nanode.price.monthly, nanode.price.hourly) == (5, 0.0075)
    assert {each.id: each.monthly for each in nanode.region_prices} == {"id-cgk": 6, "br-gru": 7}
    assert types["g6-standard-1"].price.monthly == 12
    assert (nanode.memory, nanode.disk, nanode.vcpus) == (1024, 25600, 1)


def test_regions_say_what_they_can_do_and_what_they_have(client: Vendor) -> None:
    regions = {each.id: each for each in client.regions()}
    assert "Metadata" in regions["eu-central"].capabilities
    assert regions["us-den-edge-1"].site_type == "distributed"
    said = {each["plan"]: each["available"] for each in client.get("/regions/nl-ams/availability")}
    assert (said["g6-nanode-1"], said["g6-standard-1"]) == (False, True)
    assert refusal(lambda: client.get("/regions/mars/availability")).status == 404


def test_images_are_found_by_their_ids_with_slashes(client: Vendor) -> None:
    image = client.get("/images/linode/debian13")
    assert (image["vendor"], image["deprecated"]) == ("Debian", False)
    assert "cloud-init" in image["capabilities"]
    assert client.get("/images/linode/debian11")["deprecated"] is True


@pytest.mark.parametrize("path", ["/volumes", "/nodebalancers", "/vpcs", "/domains"])
def test_other_kinds_exist_and_are_empty(client: Vendor, path: str) -> None:
    assert client.get(path)["data"] == []
    assert refusal(lambda: client.get(f"{path}/1")).status == 404
