"""What can be rented, as DigitalOcean's own client sees it."""

import pytest

from tests.unit.lab.clouds.digitalocean.conftest import Vendor, create


def test_sizes_say_what_they_cost_and_where_they_are_to_be_had(client: Vendor) -> None:
    sizes = {each["slug"]: each for each in client.sizes.list(per_page=200)["sizes"]}
    assert sizes["s-1vcpu-512mb-10gb"]["price_monthly"] == 4.0
    small = sizes["s-1vcpu-1gb"]
    assert (small["price_monthly"], small["price_hourly"]) == (6.0, 0.00893)
    assert (small["memory"], small["vcpus"], small["disk"]) == (1024, 1, 25)
    assert "fra1" in small["regions"]
    assert "lon1" not in small["regions"]  # sold out there
    assert (sizes["1gb"]["available"], sizes["1gb"]["regions"]) == (False, [])


def test_regions_say_whether_they_take_droplets(client: Vendor) -> None:
    regions = {each["slug"]: each for each in client.regions.list(per_page=200)["regions"]}
    assert regions["fra1"]["available"]
    assert regions["fra1"]["name"] == "Frankfurt 1"
    assert "s-1vcpu-1gb" in regions["fra1"]["sizes"]
    assert "s-1vcpu-1gb" not in regions["lon1"]["sizes"]
    assert not regions["sfo2"]["available"]
    assert regions["sfo2"]["sizes"] == []


def test_images_are_found_by_slug_and_id(client: Vendor) -> None:
    image = client.images.get(image_id="debian-13-x64")["image"]
    assert (image["distribution"], image["name"]) == ("Debian", "13 x64")
    assert client.images.get(image_id=image["id"])["image"] == image
    assert len(client.images.list(type="distribution")["images"]) == 3
    assert client.images.list(private=True)["images"] == []
    assert client.images.get(image_id="debian-9-x64")["id"] == "not_found"


def test_the_account_says_its_limit(client: Vendor) -> None:
    account = client.account.get()["account"]
    assert (account["droplet_limit"], account["status"]) == (25, "active")


def test_a_regions_vpc_comes_with_the_first_droplet_there(client: Vendor) -> None:
    assert client.vpcs.list()["vpcs"] == []
    made = create(client)
    (vpc,) = client.vpcs.list()["vpcs"]
    assert (vpc["id"], vpc["name"], vpc["default"]) == (made["vpc_uuid"], "default-fra1", True)
    assert client.vpcs.get(vpc_id=vpc["id"])["vpc"] == vpc


@pytest.mark.parametrize("kind", ["reserved_ips", "volumes", "snapshots", "projects", "domains"])
def test_other_kinds_exist_and_are_empty(client: Vendor, kind: str) -> None:
    assert getattr(client, kind).list()[kind] == []
