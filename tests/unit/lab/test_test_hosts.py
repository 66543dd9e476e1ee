"""The providers' test hosts in the lab: one of each, at the distance that is set."""

import pytest

from lab.paths import lab_dir
from lab.test_hosts.delays import Delays, set_round_trips
from lab.test_hosts.world import ADDRESSES, NETWORK, ROUND_TRIPS
from ops.regions.hosts import TEST_HOSTS

NBG1 = "nbg1-speed.hetzner.com"


@pytest.fixture
def lab(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    lab_dir("t").mkdir(parents=True)
    return "t"


def test_every_host_the_program_measures_is_in_the_lab() -> None:
    wanted = {host for hosts in TEST_HOSTS.values() for host in hosts.values()}

    assert wanted == set(ROUND_TRIPS)


def test_every_host_has_an_address_of_its_own_in_their_network() -> None:
    assert len(set(ADDRESSES.values())) == len(ROUND_TRIPS)
    assert all(address in NETWORK for address in ADDRESSES.values())
    assert NETWORK.broadcast_address not in ADDRESSES.values()


def test_no_two_hosts_are_equally_far() -> None:
    assert len(set(ROUND_TRIPS.values())) == len(ROUND_TRIPS)


def test_a_packet_waits_half_a_round_trip(lab: str) -> None:
    assert Delays(lab).of(ADDRESSES[NBG1].packed) == ROUND_TRIPS[NBG1] / 2000


def test_a_host_can_be_moved_and_silenced_while_the_lab_runs(lab: str) -> None:
    delays = Delays(lab)

    set_round_trips(lab, {NBG1: 300.0, "fsn1-speed.hetzner.com": None})

    assert delays.of(ADDRESSES[NBG1].packed) == 0.15
    assert delays.of(ADDRESSES["fsn1-speed.hetzner.com"].packed) is None
    assert delays.of(ADDRESSES["hel1-speed.hetzner.com"].packed) is not None


def test_a_misspelled_host_is_refused(lab: str) -> None:
    with pytest.raises(KeyError):
        set_round_trips(lab, {"nbg9-speed.hetzner.com": 1.0})
