"""Packages, for as long as some stack or step needs them."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from components.rendering import SCRIPTS
from tests.unit.components import debian
from tests.unit.components.sandbox import Sandbox

NEEDS: dict[str, list[str]] = {
    "bash": [],
    "ca-certificates": [],
    "certbot": ["python3-acme"],
    "curl": [],
    "nftables": ["libnftables1"],
    "libnftables1": [],
    "openssl": [],
    "python3": ["python3-minimal"],
    "python3-acme": ["python3"],
    "python3-minimal": [],
}
CERTBOT = "certbot certbot openssl curl"
WATCHER = "watcher python3 ca-certificates"
NFTABLES = "nftables nftables"


class Machine(Sandbox):
    """One with some packages on it."""

    def __init__(self, folder: Path, *there: str) -> None:
        super().__init__(folder)
        self.write("packages.json", json.dumps(NEEDS))
        self.write("installed", "\n".join(there) + "\n")
        self.write("auto")
        stand_in = shlex.join([sys.executable, debian.__file__, str(folder)])
        for tool in ("dpkg-query", "apt-get", "apt-mark", "apt-cache"):
            self.program(tool, f'{stand_in} {tool} "$@"')

    def there(self) -> set[str]:
        return set(self.read("installed").split())

    def do(self, verb: str, words: str, stack: str = "p/dev") -> str:
        """Install or remove; what was said to be changed."""
        command = f"lock_packages; {verb}_packages {words}"
        done = self.run("watcher.sh", command, values={"stack": stack})
        assert done.returncode == 0, done.stderr
        return done.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, "bash")


def test_what_was_installed_is_taken_away_again_with_what_came_along(machine: Machine) -> None:
    machine.do("install", CERTBOT)
    assert machine.there() >= {"certbot", "python3-minimal"}

    machine.do("remove", CERTBOT)
    assert machine.there() == {"bash"}
    assert not (machine.folder / "var/lib/vps-reverse-proxy").exists()


def test_where_all_is_there_nothing_is_asked_of_apt_nor_said(machine: Machine) -> None:
    machine.do("install", NFTABLES)
    machine.called()

    assert machine.do("install", NFTABLES) == ""
    assert not [call for call in machine.called() if call.startswith("apt")]


def test_a_package_stays_while_another_stack_wants_it(machine: Machine) -> None:
    machine.do("install", NFTABLES)
    machine.do("install", NFTABLES, stack="p/other")

    machine.do("remove", NFTABLES)
    assert "nftables" in machine.there()
    machine.do("remove", NFTABLES, stack="p/other")
    assert machine.there() == {"bash"}


def test_what_another_step_hangs_on_stays_and_goes_with_that_one(machine: Machine) -> None:
    machine.do("install", CERTBOT)
    machine.do("install", WATCHER)

    machine.do("remove", CERTBOT)
    assert machine.there() == {"bash", "ca-certificates", "python3", "python3-minimal"}
    machine.do("remove", WATCHER)
    assert machine.there() == {"bash"}


def test_what_was_there_before_us_stays_whoever_wants_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "bash", "ca-certificates", "curl", "python3", "python3-minimal")
    machine.do("install", CERTBOT)
    machine.do("install", WATCHER)

    machine.do("remove", CERTBOT)
    assert not list(machine.folder.rglob("*.packages"))
    machine.do("remove", WATCHER)

    assert machine.there() == {"bash", "ca-certificates", "curl", "python3", "python3-minimal"}


def test_beside_what_somebody_else_has_come_to_need_only_ours_goes(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "bash", "curl")
    machine.do("install", CERTBOT)
    theirs = NEEDS | {"theirs": ["python3-acme"]}
    machine.write("packages.json", json.dumps(theirs))
    machine.write("installed", machine.read("installed") + "theirs\n")

    machine.do("remove", CERTBOT)

    assert machine.there() >= {"theirs", "python3-acme", "curl"}
    assert not machine.there() & {"certbot", "openssl"}


INTERRUPTED = (
    "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem."
)


def interrupt(machine: Machine) -> None:
    """Until dpkg has finished, apt does nothing."""
    machine.write("interrupted")
    apt = (machine.folder / "bin/apt-get").read_text().splitlines()[-1]
    refusal = f'[ ! -e {machine.folder}/interrupted ] || {{ echo "{INTERRUPTED}"; exit 100; }}'
    machine.program("apt-get", f"{refusal}\n{apt}")


def test_an_installation_that_was_cut_off_is_finished_first(machine: Machine) -> None:
    interrupt(machine)
    machine.program("dpkg", f"rm {machine.folder}/interrupted")

    said = machine.do("install", NFTABLES)

    assert "nftables" in machine.there()
    assert "changed: finished an installation that was interrupted\n" in said
    dpkg = [call for call in machine.called() if call.startswith("dpkg ")]
    assert dpkg == ["dpkg --force-confdef --force-confold --configure -a"]


def test_an_installation_that_cannot_be_finished_is_told_in_dpkgs_words(machine: Machine) -> None:
    interrupt(machine)
    machine.program("dpkg", "echo Errors were encountered while processing: theirs; exit 1")

    done = machine.run("watcher.sh", f"lock_packages; install_packages {NFTABLES}")

    assert done.returncode == 1
    assert "processing: theirs" in done.stderr
    assert "error: dpkg cannot finish an installation on" in done.stderr


def test_where_finishing_did_not_help_apts_own_words_are_told(machine: Machine) -> None:
    interrupt(machine)
    machine.program("dpkg")

    done = machine.run("watcher.sh", f"lock_packages; install_packages {NFTABLES}")

    assert done.returncode == 1
    assert INTERRUPTED in done.stderr
    assert len([call for call in machine.called() if call.startswith("dpkg ")]) == 1


def test_an_installation_restarts_no_service_that_streams_go_through(machine: Machine) -> None:
    """By needrestart, which apt runs where it is installed."""
    interrupt(machine)
    told = 'echo "$NEEDRESTART_SUSPEND $NEEDRESTART_MODE" >>told'
    machine.program("dpkg", f"rm {machine.folder}/interrupted; {told}")
    apt = (machine.folder / "bin/apt-get").read_text().splitlines()[2:]
    machine.program("apt-get", "\n".join([told, *apt]))

    machine.do("install", NFTABLES)

    assert set(machine.read("told").splitlines()) == {"1 l"}
    assert len(machine.read("told").splitlines()) > 2


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.sh")), ids=lambda path: str(path.name))
def test_no_step_installs_only_what_is_missing(path: Path) -> None:
    lines = path.read_text().splitlines()
    calls = [number for number, line in enumerate(lines) if re.match(r" +install_packages ", line)]

    # Who finds a package there must say, too, that it is wanted.
    for number in calls:
        assert lines[number].startswith("  install_packages"), lines[number]
        assert not any("command -v" in line for line in lines[number - 3 : number])
