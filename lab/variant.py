"""What is rehearsed: with which provider, answered in which way; data and the stack's file.

The lists are the lab's own, for the lab imports nothing of the program; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from lab import world, wsl
from lab.existing_vps import ADMIN, add_existing_vps
from lab.hosts import run_in
from lab.transfer import put

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

PROVIDERS = ("hcloud", "vultr", "digitalocean", "linode", "existing")
MODES = ("direct-http", "direct", "flexible", "full", "strict")
KEY_FILE = ".ssh/existing"  # in the user's home
ZONE = "gonova.one"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One of the pairs; what the checkout's own stack file says is the first."""

    provider: str = "hcloud"
    mode: str = "flexible"

    def __post_init__(self) -> None:
        for what, value, known in (
            ("provider", self.provider, PROVIDERS),
            ("mode", self.mode, MODES),
        ):
            if value not in known:
                raise ValueError(f"there is no {what} {value!r}: use one of {', '.join(known)}")

    @property
    def tls(self) -> bool:
        """Whether visitors speak TLS."""
        return self.mode != "direct-http"

    def stream(self, service: str) -> str:
        """Where a visitor speaks to a service."""
        return f"{'wss' if self.tls else 'ws'}://{service}.{ZONE}/v1/stream/{service}"

    def health(self, service: str) -> str:
        """Where a visitor asks whether it is well."""
        return f"{'https' if self.tls else 'http'}://{service}.{ZONE}/health"


def with_variant(
    document: Mapping[str, Any], variant: Variant, server: Mapping[str, str], project: str
) -> dict[str, Any]:
    """A stack's file with this provider and mode; all else in it stays.

    Args:
        document: The file's content.
        variant: What is wanted.
        server: What the provider needs beside its name.
        project: The namespace of the settings.
    """
    config = dict(document.get("config") or {})
    edge = dict(config.get(f"{project}:edge") or {})
    config[f"{project}:server"] = {"provider": variant.provider, **server}
    config[f"{project}:edge"] = {**edge, "mode": variant.mode}
    return {**document, "config": config}


def configure(lab: str, variant: Variant) -> None:
    """Write provider and mode to the stack's file on the WSL host; `existing` boots its machine."""
    server = existing_server(lab) if variant.provider == "existing" else {}
    path = f"{wsl.PROGRAM}/{wsl.STACK_FILE}"
    old = yaml.safe_load(run_in(lab, wsl.NAME, ["cat", path]).stdout)
    new = with_variant(old, variant, server, "vps-reverse-proxy")
    if new != old:
        # In place: owner and mode stay the user's.
        text = yaml.safe_dump(new, sort_keys=False)
        run_in(lab, wsl.NAME, ["tee", path], input=text.encode())


def existing_server(lab: str) -> dict[str, str]:
    """Settings of the machine that a user has already, its key put where the user would have it.

    It is booted, where it is not.
    """
    folder = add_existing_vps(lab)
    home = f"/home/{wsl.USER}"
    owner = ["-o", wsl.USER, "-g", wsl.USER]
    assert world.HOME_VPS.address6 is not None
    run_in(lab, wsl.NAME, ["install", "-d", "-m", "700", *owner, f"{home}/.ssh"])
    key = (folder / "id_ed25519").read_bytes()
    put(lab, wsl.NAME, f"{home}/{KEY_FILE}", key, owner=wsl.USER, mode="600")
    return {
        "address": str(world.HOME_VPS.address),
        "address6": str(world.HOME_VPS.address6.ip),
        "user": ADMIN,
        "key_file": f"~/{KEY_FILE}",
        "host_key": (folder / "host_key.pub").read_text().strip(),
    }
