"""The VPS that a user has already: not rented, a plain system with an admin account and sshd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from lab import hosts, net, own, world
from lab.hostspec import HostFile, HostSpec
from lab.images import ensure_root
from lab.paths import lab_dir
from lab.processes import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

ADMIN = "admin"
_HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"
# Changes nothing where it was done: the machine may have got more keys since.
_MAKE_ADMIN = """\
set -eu
id "$1" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$1"
folder=/home/$1/.ssh
[ -d "$folder" ] || install -d -m 700 -o "$1" -g "$1" "$folder"
[ -e "$folder/authorized_keys" ] ||
  install -m 600 -o "$1" -g "$1" /dev/null "$folder/authorized_keys"
read -r key
grep -qxF -- "$key" "$folder/authorized_keys" || echo "$key" >>"$folder/authorized_keys"
"""


def add_existing_vps(lab: str, *, place: world.Place = world.HOME_VPS) -> Path:
    """Boot the host `home-vps` of a lab that is up, and wait for it; nothing changes when it runs.

    What an interrupted call has left is finished.

    `place` may be another one's, each with keys of its own.

    Returns the directory with what its owner knows: `id_ed25519` and `id_ed25519.pub` (the key of
    the account `admin`, which has passwordless sudo) and `host_key.pub`. Root may log in as the
    release leaves it: by key, and it has none.
    """
    directory = lab_dir(lab) / place.name
    if place.name in hosts.names(lab):
        hosts.start(lab, place.name)
    else:
        _make(lab, place, directory)
    hosts.wait_booted(lab, place.name)
    make_admin = ["sh", "-c", _MAKE_ADMIN, "sh", ADMIN]
    public = (directory / "id_ed25519.pub").read_bytes()
    hosts.run_in(lab, place.name, make_admin, input=public)
    return directory


def _make(lab: str, place: world.Place, directory: Path) -> None:
    """Keys for the machine and its owner, then its link, its disk and power."""
    root = ensure_root(own.chosen(lab))
    directory.mkdir(exist_ok=True)
    private, public = _key_pair(f"{ADMIN}@{place.name}")
    write_atomically(directory / "id_ed25519", private)
    write_atomically(directory / "id_ed25519.pub", public)
    host_private, host_public = _key_pair(f"root@{place.name}")
    write_atomically(directory / "host_key.pub", host_public)
    link = net.attachment(place)
    spec = HostSpec(
        name=place.name,
        role=place.role,
        lowers=(root,),
        address=link.address,
        address6=link.address6,
        files={
            _HOST_KEY: HostFile(text=host_private, mode=0o600),
            f"{_HOST_KEY}.pub": HostFile(text=host_public),
            "/etc/cloud/cloud-init.disabled": HostFile(text=""),
            f"/etc/sudoers.d/{ADMIN}": HostFile(
                text=f"{ADMIN} ALL=(ALL) NOPASSWD: ALL\n", mode=0o440
            ),
        },
    )
    net.reset(lab, link)  # a call that was interrupted may have made it
    hosts.boot(lab, spec)


def _key_pair(comment: str) -> tuple[str, str]:
    """A new ed25519 key: the private half as ssh-keygen writes it, the public half as one line."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return private.decode(), f"{public.decode()} {comment}\n"
