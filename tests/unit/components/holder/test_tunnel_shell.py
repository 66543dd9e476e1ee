"""The tunnel's shell on the VPS, run by a real bash in a folder of the test's."""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.rendering import SCRIPTS

SHELL = SCRIPTS / "tunnel_shell.sh"


class Shell:
    """One connection's shell."""

    def __init__(self, home: Path, *asked: str, script: Path = SHELL) -> None:
        self.process = subprocess.Popen(
            ["bash", "-p", str(script), *asked],
            env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def ask(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(timeout=10) == 0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose link leads to the folders of two slots."""
    for folder in ("0a", "0b", "1a", "1b"):
        (tmp_path / "run" / folder).mkdir(parents=True)
    (tmp_path / "sockets").symlink_to(tmp_path / "run")
    (tmp_path / "services").write_text("asr\ntts\n")
    return tmp_path


@pytest.fixture
def shell(home: Path) -> Iterator[Shell]:
    one = Shell(home)
    yield one
    one.process.kill()
    one.process.wait()


def leads(home: Path) -> str | None:
    link = home / "run" / "0"
    return str(link.readlink()) if link.is_symlink() else None


def until(home: Path, folder: str | None) -> None:
    deadline = time.monotonic() + 10
    while leads(home) != folder:
        assert time.monotonic() < deadline, leads(home)
        time.sleep(0.02)


def test_a_question_comes_back_and_opens_the_way(shell: Shell, home: Path) -> None:
    shell.ask("serve 0a 1")

    assert shell.answer() == "serve 0a 1"
    assert leads(home) == "0a"


def test_the_way_is_closed_while_no_questions_come(shell: Shell, home: Path) -> None:
    shell.ask("serve 0a 1")
    shell.answer()

    until(home, None)

    shell.ask("serve 0a 2")
    assert shell.answer() == "serve 0a 2"
    assert leads(home) == "0a"


def test_the_way_is_closed_when_the_connection_ends(shell: Shell, home: Path) -> None:
    shell.ask("serve 0a 1")
    shell.answer()
    shell.close()

    assert leads(home) is None


def test_a_connection_that_was_relieved_leaves_the_way_of_its_successor_alone(
    shell: Shell, home: Path
) -> None:
    successor = Shell(home)
    shell.ask("serve 0a 1")
    shell.answer()
    successor.ask("serve 0b 1")
    successor.answer()
    assert leads(home) == "0b"

    shell.ask("drain 0a 2")
    assert shell.answer() == "drain 0a 2"
    shell.close()

    assert leads(home) == "0b"
    successor.close()


def test_a_dead_connection_leaves_the_way_of_a_later_one_in_the_same_folder_alone(
    shell: Shell, home: Path
) -> None:
    shell.ask("serve 0a 1")
    shell.answer()
    until(home, None)  # its line is dead
    later = Shell(home)
    begun = time.monotonic()

    while time.monotonic() < begun + 4:  # two of the dead one's silences
        later.ask("serve 0a 1")
        later.answer()
        for _ in range(20):
            assert leads(home) == "0a"
            time.sleep(0.01)

    later.close()


@pytest.mark.parametrize(
    "line",
    [
        "serve ../x 1",
        "serve 0c 1",
        "serve 100a 1",
        "run 0a 1",
        "serve 0a $(touch x)",
        "serve 0a 1; touch x",
        "",
    ],
)
def test_what_is_no_question_gets_no_answer_and_does_nothing(
    shell: Shell, home: Path, line: str
) -> None:
    shell.ask(line)
    shell.ask("serve 1a 2")

    assert shell.answer() == "serve 1a 2"
    assert leads(home) is None
    assert sorted(path.name for path in (home / "run").iterdir()) == ["0a", "0b", "1", "1a", "1b"]


def test_a_line_without_an_end_is_read_in_pieces_and_means_nothing(
    shell: Shell, home: Path
) -> None:
    shell.ask("serve 0a 1" * 1000)
    shell.ask("serve 1a 2")

    assert shell.answer() == "serve 1a 2"


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
    text = SHELL.read_text(encoding="utf-8")
    assert "\nsweeping=5 " in text
    copy = home / "hold"
    copy.write_text(text.replace("\nsweeping=5 ", "\nsweeping=0 "), encoding="utf-8")
    return Shell(home, script=copy)


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


def test_what_the_caller_asks_for_is_not_run(home: Path) -> None:
    one = Shell(home, "-c", f"touch {home}/ran")
    one.ask("serve 0a 1")
    one.answer()
    one.close()

    assert not (home / "ran").exists()


@pytest.fixture
def impatient(tmp_path: Path) -> Path:
    """The same shell, which gives up within two seconds where another one serves."""
    text = (
        SHELL.read_text()
        .replace("silence=1.5 ", "silence=0.2 ")
        .replace("given_up=20 ", "given_up=1 ")
    )
    script = tmp_path / "impatient.sh"
    script.write_text(text)
    return script


class Sshd(Shell):
    """A shell with a parent of its own, as sshd is: what ends the one ends the other."""

    def __init__(self, home: Path, script: Path) -> None:
        self.process = subprocess.Popen(
            ["bash", "-c", 'bash -p "$0"; echo "lived on"', str(script)],
            env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )


def serve_for(seconds: float, one: Shell, folder: str) -> None:
    """Its line is well for so long."""
    deadline, number = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        number += 1
        one.ask(f"serve {folder} {number}")
        assert one.answer() == f"serve {folder} {number}"
        time.sleep(0.1)


def test_a_silent_connection_ends_itself_while_another_one_serves_in_its_place(
    home: Path, impatient: Path
) -> None:
    old, successor = Sshd(home, impatient), Sshd(home, impatient)
    old.ask("serve 0a 1")
    assert old.answer() == "serve 0a 1"

    serve_for(4.0, successor, "0b")

    assert old.process.wait(timeout=10) == -signal.SIGTERM
    assert leads(home) == "0b"
    successor.close()


def test_a_connection_that_drains_or_is_silent_alone_is_left_to_its_line(
    home: Path, impatient: Path
) -> None:
    alone, drains, successor = (Sshd(home, impatient) for _ in range(3))
    alone.ask("serve 1a 1")
    assert alone.answer() == "serve 1a 1"

    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        for one, line in ((successor, "serve 0b 1"), (drains, "drain 0a 1")):
            one.ask(line)
            assert one.answer() == line
        time.sleep(0.1)

    assert [one.process.poll() for one in (alone, drains)] == [None, None]
    for one in (alone, drains, successor):
        one.close()
