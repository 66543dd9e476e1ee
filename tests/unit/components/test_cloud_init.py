"""What a rented machine is told at its first boot, read back as cloud-init reads it."""

from typing import Any

import pytest
import yaml

from components.vps.cloud_init import cloud_config

LOGIN = ("ssh-ed25519 AAAAOURS", "ssh-ed25519 AAAATHEIRS me@desk: é")
HOST_PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn/+=\n-----END OPENSSH PRIVATE KEY-----\n"


@pytest.fixture
def text() -> str:
    return cloud_config(
        admin="boss",
        authorized_keys=LOGIN,
        host_private_key=HOST_PRIVATE,
        host_public_key="ssh-ed25519 AAAAHOST\n",
    )


@pytest.fixture
def config(text: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def test_its_first_line_says_what_it_is(text: str) -> None:
    assert text.splitlines()[0] == "#cloud-config"


def test_it_fits_into_hetzners_user_data(text: str) -> None:
    assert len(text.encode()) < 32 * 1024


def test_the_administrator_is_the_only_user_and_has_sudo(config: dict[str, Any]) -> None:
    (admin,) = config["users"]

    assert admin["name"] == "boss"
    assert admin["sudo"] == "ALL=(ALL) NOPASSWD:ALL"
    assert admin["lock_passwd"] is True
    assert admin["ssh_authorized_keys"] == list(LOGIN)


def test_root_and_passwords_are_closed_before_sshd_reads_anything_else(
    config: dict[str, Any],
) -> None:
    (drop_in,) = config["write_files"]

    assert config["disable_root"] is True
    assert config["ssh_pwauth"] is False
    assert drop_in["path"] < "/etc/ssh/sshd_config.d/50-cloud-init.conf"
    assert "PermitRootLogin no\nPasswordAuthentication no\n" in drop_in["content"]


def test_our_host_key_is_the_only_one(config: dict[str, Any]) -> None:
    assert config["ssh_deletekeys"] is True
    assert config["ssh_keys"] == {
        "ed25519_private": HOST_PRIVATE,
        "ed25519_public": "ssh-ed25519 AAAAHOST",
    }
