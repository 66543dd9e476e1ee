"""The idle time-outs are shared: each stack takes and leaves, the last one puts back."""

import os
from pathlib import Path

import pytest

from components.windows.idle_timeouts import (
    FOLDER,
    INSTANCE,
    VM,
    IdleTimeouts,
    wanted_settings,
)

WANTED = {INSTANCE: "-1", VM: "-1"}
USERS = b"# mine\r\n[wsl2]\r\nmemory=8GB\r\nvmIdleTimeout=60000\r\n"


@pytest.fixture
def timeouts(tmp_path: Path) -> IdleTimeouts:
    return IdleTimeouts(profile=tmp_path)


def left(timeouts: IdleTimeouts) -> list[str]:
    return sorted(path.name for path in timeouts.profile.iterdir())


def test_the_users_file_comes_back_byte_for_byte(timeouts: IdleTimeouts) -> None:
    timeouts.file.write_bytes(USERS)

    assert timeouts.hold("a/dev in X", WANTED)
    assert timeouts.file.read_bytes() != USERS
    assert timeouts.held_by("a/dev in X", WANTED)
    assert timeouts.release("a/dev in X")
    assert timeouts.file.read_bytes() == USERS
    assert left(timeouts) == [".wslconfig"]


@pytest.mark.parametrize(("before", "after"), [({VM: "-1"}, WANTED), (WANTED, {VM: "-1"})])
def test_what_another_wsl_knows_is_not_what_is_held(
    timeouts: IdleTimeouts, before: dict[str, str], after: dict[str, str]
) -> None:
    timeouts.file.write_bytes(USERS)
    timeouts.hold("a/dev in X", before)

    assert timeouts.held_by("a/dev in X", before)
    assert not timeouts.held_by("a/dev in X", after)
    timeouts.hold("a/dev in X", after)
    assert timeouts.held_by("a/dev in X", after)


def test_a_key_that_the_user_set_does_not_have_to_be_known(timeouts: IdleTimeouts) -> None:
    timeouts.file.write_bytes(b"[general]\r\ninstanceIdleTimeout=-1\r\n")
    timeouts.hold("a/dev in X", {VM: "-1"})

    assert timeouts.held_by("a/dev in X", {VM: "-1"})
    assert timeouts.held_by("a/dev in X", WANTED)


def test_the_backup_is_what_was_there(timeouts: IdleTimeouts) -> None:
    timeouts.file.write_bytes(USERS)
    timeouts.hold("a/dev in X", WANTED)

    assert (timeouts.folder / "wslconfig.backup").read_bytes() == USERS


def test_a_file_that_was_not_there_goes_again(timeouts: IdleTimeouts) -> None:
    timeouts.hold("a/dev in X", WANTED)
    timeouts.release("a/dev in X")

    assert left(timeouts) == []


def test_trying_out_changes_nothing(timeouts: IdleTimeouts) -> None:
    timeouts.file.write_bytes(USERS)
    timeouts.try_out(WANTED)

    assert left(timeouts) == [".wslconfig"]
    assert timeouts.file.read_bytes() == USERS


def test_a_file_of_somebody_else_is_found_by_trying_out(
    timeouts: IdleTimeouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeouts.file.write_bytes(USERS)
    monkeypatch.setattr(os, "access", lambda path, _: path != timeouts.file)

    with pytest.raises(PermissionError, match=r"\.wslconfig"):
        timeouts.try_out(WANTED)


def test_holding_twice_changes_nothing(timeouts: IdleTimeouts) -> None:
    timeouts.hold("a/dev in X", WANTED)

    assert not timeouts.hold("a/dev in X", WANTED)


def test_two_stacks_share_them_and_the_last_one_puts_back(timeouts: IdleTimeouts) -> None:
    timeouts.file.write_bytes(USERS)
    timeouts.hold("a/dev in X", WANTED)
    assert not timeouts.hold("a/dev in Y", WANTED)

    assert not timeouts.release("a/dev in X")
    assert timeouts.held_by("a/dev in Y", WANTED)
    assert not timeouts.held_by("a/dev in X", WANTED)
    assert timeouts.release("a/dev in Y")
    assert timeouts.file.read_bytes() == USERS


def test_what_the_user_changed_meanwhile_stays(timeouts: IdleTimeouts) -> None:
    timeouts.file.write_bytes(USERS)
    timeouts.hold("a/dev in X", WANTED)
    timeouts.file.write_bytes(timeouts.file.read_bytes().replace(b"8GB", b"12GB"))

    assert not timeouts.held_by("a/dev in X", WANTED)
    timeouts.release("a/dev in X")
    assert timeouts.file.read_bytes() == USERS.replace(b"8GB", b"12GB")


def test_a_later_run_takes_the_changed_file_as_the_users(timeouts: IdleTimeouts) -> None:
    timeouts.file.write_bytes(USERS)
    timeouts.hold("a/dev in X", WANTED)
    timeouts.file.write_bytes(
        timeouts.file.read_bytes().replace(b"vmIdleTimeout=-1", b"vmIdleTimeout=9")
    )

    assert timeouts.hold("a/dev in X", WANTED)
    timeouts.release("a/dev in X")
    assert timeouts.file.read_bytes() == USERS.replace(b"60000", b"9")


def test_a_run_cut_short_before_the_file_was_written_is_undone(timeouts: IdleTimeouts) -> None:
    timeouts.file.write_bytes(USERS)
    timeouts.hold("a/dev in X", WANTED)
    timeouts.file.write_bytes(USERS)  # as if the run had ended after its note

    timeouts.release("a/dev in X")
    assert timeouts.file.read_bytes() == USERS


def test_without_the_backup_our_keys_go_all_the_same(timeouts: IdleTimeouts) -> None:
    timeouts.file.write_bytes(USERS)
    timeouts.hold("a/dev in X", WANTED)
    (timeouts.profile / FOLDER / "wslconfig.backup").unlink()

    timeouts.release("a/dev in X")
    assert timeouts.file.read_bytes() == USERS


def test_releasing_what_nobody_holds_does_nothing(timeouts: IdleTimeouts) -> None:
    timeouts.file.write_bytes(USERS)

    assert not timeouts.release("a/dev in X")
    assert timeouts.file.read_bytes() == USERS


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ((2, 6, 3), {INSTANCE, VM}),
        ((2, 5, 4), {INSTANCE, VM}),
        ((2, 5, 3), {VM}),
        ((1, 2, 5), {VM}),
        (None, {VM}),
    ],
)
def test_an_old_wsl_is_not_given_a_key_it_does_not_know(
    version: tuple[int, ...] | None, wanted: set[str]
) -> None:
    assert wanted_settings(version) == dict.fromkeys(wanted, "-1")
