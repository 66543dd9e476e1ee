"""The way back into a VPS that lets this network in no more."""

from typing import Any

import pytest

from components.drift import HostLook, closed_door
from components.recorded import describe_server
from components.server_changes import stays
from tests.unit.components.samples import EXISTING, HCLOUD, settings

NARROW = {"ssh_allow": ["192.0.2.10/32"]}
DROPPED = "ssh: connect to host 203.0.113.16 port 22: Connection timed out"


def told(
    server: dict[str, Any],
    unknown: str,
    *,
    host: Any = "vps",
    here: bool = True,
    before: dict[str, str] | None = None,
    replaces: bool = False,
) -> str:
    some = settings(server).server
    now = describe_server(some, "nbg1")
    looks = [HostLook(host=host, unknown=unknown)]
    same = stays(now, {**now, **(before or {})}, replaces=replaces)
    return closed_door(some, looks, here=here, stays=same)


@pytest.mark.parametrize("unknown", [DROPPED, "no answer for 3 s"])
def test_a_vps_that_may_not_let_this_network_in_is_told_of_with_the_way_back(unknown: str) -> None:
    said = told({**HCLOUD, **NARROW}, unknown)

    assert "put the new address into server.ssh_allow" in said
    assert "pulumi up --replace" in said


def test_a_vps_that_answers_is_no_closed_door() -> None:
    assert told({**HCLOUD, **NARROW}, "") == ""
    assert told({**HCLOUD, **NARROW}, "admin@203.0.113.16: Permission denied (publickey).") == ""


def test_a_vps_that_lets_everybody_try_is_no_closed_door() -> None:
    assert told(HCLOUD, DROPPED) == ""


def test_a_machine_of_the_users_is_opened_on_its_own_console() -> None:
    assert told({**EXISTING, **NARROW, "harden": True}, DROPPED) == ""


def test_only_the_wsl_host_must_be_let_in() -> None:
    assert told({**HCLOUD, **NARROW}, DROPPED, here=False) == ""
    assert told({**HCLOUD, **NARROW}, DROPPED, host="wsl") == ""


@pytest.mark.parametrize(
    "before",
    [{"provider": "vultr"}, {"image": "debian-12"}, {"provider": "existing", "address": "x"}],
    ids=["another provider", "another image", "a machine of the user's"],
)
def test_a_vps_that_this_run_replaces_needs_no_way_back(before: dict[str, str]) -> None:
    assert told({**HCLOUD, **NARROW}, DROPPED, before=before) == ""


def test_a_vps_that_this_run_resizes_is_the_same_one() -> None:
    other = {"size": "cx33"}

    assert told({**HCLOUD, **NARROW}, DROPPED, before=other)
    assert told({**HCLOUD, **NARROW}, DROPPED, before=other, replaces=True) == ""
