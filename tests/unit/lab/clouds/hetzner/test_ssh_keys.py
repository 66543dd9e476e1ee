"""SSH keys, as Hetzner's own client sees them."""

import pytest
from hcloud import APIException

from tests.unit.lab.clouds.hetzner.conftest import Vendor

PUBLIC_KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMqv0hM5m8q4zsIeiR1Fh4o0N6vTzX1fVvGJ5u5YJQvE me@example"
)


def test_a_key_has_the_md5_fingerprint_of_its_blob(client: Vendor) -> None:
    key = client.ssh_keys.create("me", PUBLIC_KEY, labels={"a": "b"})
    assert key.fingerprint.count(":") == 15
    assert client.ssh_keys.get_by_fingerprint(key.fingerprint).id == key.id
    assert client.ssh_keys.get_by_name("me").public_key == PUBLIC_KEY
    assert key.update(name="you").name == "you"
    key.delete()
    assert client.ssh_keys.get_all() == []


def test_a_key_is_kept_once(client: Vendor) -> None:
    client.ssh_keys.create("me", PUBLIC_KEY)
    with pytest.raises(APIException, match=r"SSH key not unique \(uniqueness_error"):
        client.ssh_keys.create("you", PUBLIC_KEY)


@pytest.mark.parametrize("text", ["", "ssh-ed25519", "ssh-ed25519 AAAA me", "x y z"])
def test_what_is_no_public_key_is_refused(client: Vendor, text: str) -> None:
    with pytest.raises(APIException, match="invalid_input"):
        client.ssh_keys.create("me", text)
