"""Which ports of the VPS are open, and to whom."""

import pytest

from components.modes import MODES
from components.ports import EVERYWHERE, open_ports

RANGES = ("198.51.100.0/24", "2001:db8:ed6e::/48")


def opened(mode: str) -> dict[int, tuple[str, ...]]:
    """Sources by port."""
    found = open_ports(MODES[mode], RANGES, ssh_port=22)  # type: ignore[index]  # a literal's value
    return {one.port: one.sources for one in found}


def test_ssh_is_open_to_all_in_every_mode() -> None:
    assert all(opened(mode)[22] == EVERYWHERE for mode in MODES)


@pytest.mark.parametrize(("mode", "web"), [("direct-http", {80}), ("direct", {80, 443})])
def test_a_direct_mode_opens_its_web_ports_to_all(mode: str, web: set[int]) -> None:
    assert opened(mode) == dict.fromkeys({22, *web}, EVERYWHERE)


@pytest.mark.parametrize("mode", ["flexible", "full", "strict"])
def test_a_proxied_mode_opens_the_web_to_the_edge_alone(mode: str) -> None:
    assert opened(mode) == {22: EVERYWHERE, 80: RANGES, 443: RANGES}


def test_a_proxied_mode_without_ranges_is_refused() -> None:
    with pytest.raises(ValueError, match="address ranges"):
        open_ports(MODES["strict"], (), ssh_port=22)


def test_the_address_families_can_be_told_apart() -> None:
    web = open_ports(MODES["full"], RANGES, ssh_port=22)[1]

    assert web.sources4 == ("198.51.100.0/24",)
    assert web.sources6 == ("2001:db8:ed6e::/48",)


def test_ssh_is_open_to_those_who_are_named_alone_and_where_sshd_listens() -> None:
    allowed = ["203.0.113.5/32", "203.0.113.0/24", "2001:db8::/32"]

    ssh, *_ = open_ports(MODES["strict"], RANGES, ssh_allow=allowed, ssh_port=2222)

    # One inside the other: nftables takes no set that overlaps.
    assert (ssh.port, ssh.sources) == (2222, ("203.0.113.0/24", "2001:db8::/32"))
    assert not ssh.everywhere
