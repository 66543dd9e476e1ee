"""SSH keys, as DigitalOcean's own client sees them."""

import pytest

from tests.unit.lab.clouds.digitalocean.conftest import KEY, Vendor, refusal


def test_a_key_is_found_by_id_and_by_fingerprint(client: Vendor) -> None:
    made = client.ssh_keys.create(body={"name": "me", "public_key": f"{KEY}\n"})["ssh_key"]
    assert made["public_key"] == KEY
    assert len(made["fingerprint"].split(":")) == 16
    for key in (made["id"], made["fingerprint"]):
        assert client.ssh_keys.get(ssh_key_identifier=key)["ssh_key"] == made
    renamed = client.ssh_keys.update(ssh_key_identifier=made["id"], body={"name": "you"})
    assert renamed["ssh_key"]["name"] == "you"
    client.ssh_keys.delete(ssh_key_identifier=made["fingerprint"])
    assert client.ssh_keys.list()["ssh_keys"] == []


def test_a_key_is_registered_once_under_whatever_name(client: Vendor) -> None:
    client.ssh_keys.create(body={"name": "me", "public_key": KEY})
    again = {"name": "other", "public_key": KEY.replace(" me", " elsewhere")}
    told = refusal(lambda: client.ssh_keys.create(body=again))
    assert told == (422, "SSH Key is already in use on your account")


@pytest.mark.parametrize(
    ("name", "public_key", "reason"),
    [
        ("me", "ssh-ed25519 nonsense", "Key invalid"),
        ("me", "ssh-dss AAAA", "Key invalid"),
        ("me", "", "Key invalid"),
        ("", KEY, "Name can't be blank"),
    ],
)
def test_what_is_no_key_is_refused(client: Vendor, name: str, public_key: str, reason: str) -> None:
    body = {"name": name, "public_key": public_key}
    status, message = refusal(lambda: client.ssh_keys.create(body=body))
    assert status == 422
    assert message.startswith(reason)


def test_a_key_that_is_not_there_is_not_found(client: Vendor) -> None:
    assert client.ssh_keys.get(ssh_key_identifier=7)["id"] == "not_found"
