"""The tunnel's shell looks after the sockets on the VPS: its own, and those that are nobody's."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.components.holder.shells import Shell, hurried, leads


@pytest.fixture
def sockets(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The services' sockets, and others: their places, from the folder."""
    monkeypatch.chdir(home / "run")  # a socket's path has room for 107 bytes
    made = []
    places = [
        *("0a/asr", "1b/tts", "0a/x", "1b/-rf"),
        *("1b/asr tts", "0b/asr\ntts", "0b/.x", "asr"),
    ]
    for place in places:
        one = socket.socket(socket.AF_UNIX)
        one.bind(place)
        made.append(one)
    yield places
    for one in made:
        one.close()


def test_sockets_that_are_no_services_are_swept(
    shell: Shell, home: Path, sockets: list[str]
) -> None:
    deadline = time.monotonic() + 20
    number = 0

    while [place for place in sockets if (home / "run" / place).exists()] != ["0a/asr", "1b/tts"]:
        assert time.monotonic() < deadline, [str(path) for path in (home / "run").rglob("*")]
        number += 1
        shell.ask(f"serve 0a {number}")
        assert shell.answer() == f"serve 0a {number}"
        time.sleep(0.2)

    assert leads(home) == "0a"


def test_without_the_list_of_services_nothing_is_swept(
    shell: Shell, home: Path, sockets: list[str]
) -> None:
    (home / "services").unlink()
    begun = time.monotonic()

    while time.monotonic() < begun + 7:
        shell.ask("serve 0a 1")
        shell.answer()
        time.sleep(0.2)

    assert all((home / "run" / place).exists() for place in sockets)


class Folder:
    """The services' sockets in a folder of a slot; a connection that comes takes them over."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.made: list[socket.socket] = []

    def take_over(self, *services: str) -> None:
        """As sshd does with StreamLocalBindUnlink."""
        for service in services:
            (self.place / service).unlink(missing_ok=True)
            one = socket.socket(socket.AF_UNIX)
            one.bind(f"{self.place.name}/{service}")
            self.made.append(one)

    def remove(self, service: str) -> None:
        (self.place / service).unlink()


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """Of the slot 0, with the sockets of a connection."""
    monkeypatch.chdir(home / "run")
    one = Folder(home / "run" / "0a")
    one.take_over("asr", "tts")
    yield one
    for each in one.made:
        each.close()


def fast(home: Path) -> Shell:
    """One connection's shell that looks at its sockets with each question."""
    return Shell(home, script=hurried(home, sweeping=0))


@pytest.fixture
def looking(home: Path) -> Iterator[Shell]:
    """A shell that looks at its sockets with each question."""
    one = fast(home)
    yield one
    one.process.kill()
    one.process.wait()


def gives_back(shell: Shell, question: str) -> bool:
    """Whether a question comes back; what drains is always answered, so that nothing waits."""
    shell.ask(question)
    shell.ask("drain 0a 99")
    answer = shell.answer()
    if answer == question:
        assert shell.answer() == "drain 0a 99"
        return True
    assert answer == "drain 0a 99"
    return False


def test_a_connection_whose_sockets_another_one_took_over_serves_no_more(
    looking: Shell, home: Path, folder: Folder
) -> None:
    """A try that the holder gave up arrives late: the next stream would find nobody."""
    assert gives_back(looking, "serve 0a 1")
    assert gives_back(looking, "serve 0a 2")
    folder.take_over("tts")

    assert not gives_back(looking, "serve 0a 3")
    assert not gives_back(looking, "serve 0a 4")


def test_a_connection_that_lost_its_sockets_leaves_the_way_of_its_successor_alone(
    looking: Shell, home: Path, folder: Folder
) -> None:
    assert gives_back(looking, "serve 0a 1")
    folder.take_over("asr")
    assert not gives_back(looking, "serve 0a 2")
    assert leads(home) == "0a"  # the other services' sockets are there
    successor = Shell(home)
    successor.ask("serve 0b 1")
    successor.answer()

    assert not gives_back(looking, "serve 0a 3")
    assert leads(home) == "0b"
    successor.close()


def test_a_service_that_was_away_from_the_list_and_is_back_gets_its_socket_anew(
    looking: Shell, home: Path, folder: Folder
) -> None:
    """Its socket was swept meanwhile, and nothing has told the holder."""
    assert gives_back(looking, "serve 0a 1")
    (home / "services").write_text("asr\n")
    assert gives_back(looking, "serve 0a 2")
    assert not (folder.place / "tts").exists()
    assert gives_back(looking, "serve 0a 3")  # a removed service is no loss
    (home / "services").write_text("asr\ntts\n")

    assert not gives_back(looking, "serve 0a 4")


def test_a_connection_that_began_while_the_list_lacked_its_service_is_replaced_too(
    looking: Shell, home: Path, folder: Folder
) -> None:
    (home / "services").write_text("asr\n")
    assert gives_back(looking, "serve 0a 1")
    assert not (folder.place / "tts").exists()
    (home / "services").write_text("asr\ntts\n")

    assert not gives_back(looking, "serve 0a 2")


def test_a_new_service_that_the_connection_does_not_carry_yet_costs_no_doubt(
    looking: Shell, home: Path, folder: Folder
) -> None:
    """The list on the VPS has it some seconds before the holder has."""
    assert gives_back(looking, "serve 0a 1")
    (home / "services").write_text("asr\ntts\nnmt\n")
    assert gives_back(looking, "serve 0a 2")

    for number in range(3):  # each later one began with the new list
        later = fast(home)
        assert gives_back(later, f"serve 0a {number}")
        assert gives_back(later, f"serve 0a {number + 10}")
        later.close()


def test_a_later_connection_in_the_same_folder_serves_with_sockets_of_its_own(
    looking: Shell, home: Path, folder: Folder
) -> None:
    assert gives_back(looking, "serve 0a 1")
    folder.take_over("asr", "tts")
    later = fast(home)

    assert gives_back(later, "serve 0a 1")
    assert gives_back(later, "serve 0a 2")
    assert not gives_back(looking, "serve 0a 2")
    assert gives_back(later, "serve 0a 3")
    later.close()


def test_a_folder_that_is_taken_away_with_its_slot_costs_no_doubt(
    looking: Shell, home: Path, folder: Folder
) -> None:
    """The VPS is told of fewer connections before the holder is, and a try would be refused."""
    assert gives_back(looking, "serve 0a 1")
    folder.remove("asr")
    folder.remove("tts")
    folder.place.rmdir()

    assert gives_back(looking, "serve 0a 2")


def test_it_looks_at_its_sockets_by_itself_after_some_seconds(
    shell: Shell, home: Path, folder: Folder
) -> None:
    assert gives_back(shell, "serve 0a 1")
    folder.remove("asr")
    begun = time.monotonic()

    while gives_back(shell, "serve 0a 2"):
        assert time.monotonic() < begun + 20
        time.sleep(0.2)
