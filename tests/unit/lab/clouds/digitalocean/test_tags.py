"""Tags, as DigitalOcean's own client sets them and as firewalls follow them."""

from tests.unit.lab.clouds.digitalocean.conftest import Vendor, create, droplet, expect, refusal
from tests.unit.lab.clouds.digitalocean.test_firewalls import allow
from tests.unit.lab.clouds.hetzner.machines import FakeMachines


def resources(key: int) -> dict[str, object]:
    return {"resources": [{"resource_id": str(key), "resource_type": "droplet"}]}


def test_a_droplets_tags_come_into_being_with_it_and_stay_without_it(client: Vendor) -> None:
    made = create(client, tags=["web", "env:dev"])
    assert made["tags"] == ["web", "env:dev"]
    tag = client.tags.get(tag_id="web")["tag"]
    assert tag["resources"]["droplets"]["count"] == 1
    client.droplets.destroy(droplet_id=made["id"])
    assert [each["name"] for each in client.tags.list()["tags"]] == ["web", "env:dev"]
    assert client.tags.get(tag_id="web")["tag"]["resources"]["count"] == 0


def test_creating_a_tag_again_is_no_error_and_case_does_not_count(client: Vendor) -> None:
    client.tags.create(body={"name": "Web"})
    assert client.tags.create(body={"name": "web"})["tag"]["name"] == "Web"
    assert len(client.tags.list()["tags"]) == 1


def test_a_tags_charset_is_checked(client: Vendor) -> None:
    for name in ("a.b", "a/b", "", "x" * 256):
        assert refusal(lambda name=name: client.tags.create(body={"name": name}))[0] == 422  # type: ignore[misc] # a bound loop variable


def test_droplets_are_found_and_deleted_by_tag(client: Vendor) -> None:
    web, other = create(client, tags=["web"]), create(client, name="other")
    assert [each["id"] for each in client.droplets.list(tag_name="web")["droplets"]] == [web["id"]]
    client.droplets.destroy_by_tag(tag_name="web")
    assert [each["id"] for each in client.droplets.list()["droplets"]] == [other["id"]]


def test_a_tags_firewall_follows_its_droplets(client: Vendor, machines: FakeMachines) -> None:
    client.tags.create(body={"name": "web"})
    body = {"name": "web", "tags": ["web"], "inbound_rules": [allow("80")]}
    expect(client.firewalls.create(body=body))
    made = create(client)
    (machine,) = machines.all.values()
    assert machine.rules is None
    client.tags.assign_resources(tag_id="web", body=resources(made["id"]))
    assert droplet(client, made["id"])["tags"] == ["web"]
    assert machine.rules is not None
    client.tags.unassign_resources(tag_id="web", body=resources(made["id"]))
    assert machine.rules is None
    client.tags.assign_resources(tag_id="web", body=resources(made["id"]))
    client.tags.delete(tag_id="web")
    assert machine.rules is None
    assert client.firewalls.list()["firewalls"][0]["tags"] == []
    assert droplet(client, made["id"])["tags"] == []


def test_a_tag_that_is_not_there_is_not_found(client: Vendor) -> None:
    assert client.tags.get(tag_id="none")["id"] == "not_found"
    assert client.tags.assign_resources(tag_id="none", body=resources(1))["id"] == "not_found"
