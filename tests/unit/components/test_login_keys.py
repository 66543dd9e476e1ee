"""SSH keys at the providers: two of them refuse a key that the account has already.

So the program registers none but the one it made for the stack. The user's keys reach the machine
by cloud-init and the boot step, and may be registered by whomever, as often as they like.
"""

from typing import Any

import pytest

from settings import Settings
from tests.unit.components.conftest import TOKENS, Up
from tests.unit.components.engine import Recorder
from tests.unit.settings_support import load

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "B" * 43
OURS = "ssh-ed25519 AAAAPUBLICvps-login-key"
SIZES = {
    "hcloud": "cx23",
    "vultr": "vc2-1c-2gb",
    "digitalocean": "s-1vcpu-2gb",
    "linode": "g6-standard-1",
}


@pytest.fixture(params=SIZES)
def server(request: pytest.FixtureRequest) -> dict[str, Any]:
    """A rented machine where the user's own key may log in; it is listed twice."""
    machine = {"provider": request.param, "region": "nbg1", "size": SIZES[request.param]}
    return {**machine, "authorized_keys": [KEY, KEY]}


def rent(up: Up, server: dict[str, Any]) -> Recorder:
    """Run the program at that provider, with a token for each."""
    some = "0123456789abcdef"
    others = {"vultr:apiKey": some * 3, "digitalocean:token": some * 4, "linode:token": some * 4}
    return up(server, tokens={**TOKENS, **others})


def test_no_key_but_the_stacks_own_is_registered_with_the_provider(
    up: Up, server: dict[str, Any]
) -> None:
    recorder = rent(up, server)
    registered = [
        one.inputs.get("publicKey", one.inputs.get("sshKey"))
        for one in recorder.registered
        if one.type.rpartition(":")[2].lower() == "sshkey"
    ]
    with_the_machine = [
        key for one in recorder.registered for key in one.inputs.get("authorizedKeys", [])
    ]

    assert registered + with_the_machine == [OURS]


def test_a_key_of_the_users_that_is_listed_twice_may_log_in_once(
    up: Up, server: dict[str, Any]
) -> None:
    assert isinstance(load(server=server), Settings)

    text = rent(up, server)["vps-boot"].text("stdin")

    keys = text.partition("stage authorized_keys <<'")[2].partition("'\n")[2].partition("\nEND-")[0]
    assert keys.splitlines() == [OURS, KEY]
