"""The way back into a VPS that lets this network in no more."""

from typing import Any

import pytest

from components.drift.lockout import lockout_warning
from components.drift.look import HostLook
from components.drift.report import Unknown, Unreachable
from components.recorded import describe_server
from components.server_changes import stays
from tests.unit.components.samples import EXISTING, HCLOUD, settings

NARROW = {"ssh_allow": ["192.0.2.10/32"]}
DROPPED = Unreachable("ssh: connect to host 203.0.113.16 port 22: Connection timed out")
REFUSED = Unknown("admin@203.0.113.16: Permission denied (publickey).")


def told(
    server: dict[str, Any],
    reason: Unknown | None,
    *,
    host: Any = "vps",
    here: bool = True,
    before: dict[str, str] | None = None,
    replaces: bool = False,
) -> str:
    some = settings(server).server
    now = describe_server(some, "nbg1")
    unreachable = isinstance(reason, Unreachable)
    looks = [HostLook(host=host, unknown=str(reason or ""), unreachable=unreachable)]
    same = stays(now, {**now, **(before or {})}, replaces=replaces)
    return lockout_warning(some, looks, here=here, stays=same)


def test_a_vps_that_may_not_let_this_network_in_is_told_of_with_the_way_back() -> None:
    said = told({**HCLOUD, **NARROW}, DROPPED)

    assert "put the new address into server.ssh_allow" in said
    assert "pulumi up --replace" in said


def test_a_vps_that_answers_has_locked_nobody_out() -> None:
    assert told({**HCLOUD, **NARROW}, None) == ""
    assert told({**HCLOUD, **NARROW}, REFUSED) == ""


def test_a_vps_that_lets_everybody_try_has_locked_nobody_out() -> None:
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
