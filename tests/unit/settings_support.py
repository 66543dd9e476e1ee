"""Loads settings in tests the way the engine hands them over: every value a JSON text."""

import json
from typing import Any

import pulumi
import pytest
from pulumi.runtime import set_all_config

from settings import Settings, load_settings

NAMESPACE = "vps-reverse-proxy"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43
EXISTING = {
    "provider": "existing",
    "address": "203.0.113.5",
    "user": "admin",
    "key_file": "~/.ssh/id_ed25519",
    "host_key": HOST_KEY,
}
HCLOUD = {"provider": "hcloud"}


def load(secret: tuple[str, ...] = (), **sections: Any) -> Settings:
    """The settings of a stack with these sections; provider hcloud unless told."""
    texts = {
        f"{NAMESPACE}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in {"server": HCLOUD, **sections}.items()
        if value is not None
    }
    set_all_config(texts, [f"{NAMESPACE}:{key}" for key in secret])
    return load_settings(pulumi.Config(NAMESPACE))


def refusal(secret: tuple[str, ...] = (), **sections: Any) -> list[str]:
    """The mistakes reported for these sections, each without the namespace."""
    with pytest.raises(pulumi.RunError) as caught:
        load(secret, **sections)
    first, *mistakes, last = str(caught.value).splitlines()
    assert first == "Invalid configuration:"
    assert last.startswith("Nothing was changed.")
    prefix = f"  {NAMESPACE}:"
    assert all(line.startswith(prefix) for line in mistakes)
    return [line.removeprefix(prefix) for line in mistakes]


def service(**changes: Any) -> dict[str, Any]:
    """A third service, valid unless changed."""
    return {"name": "nmt", "port": 8082, "upstreams": ["127.0.0.1:8003"], **changes}
