"""What is refused on the WSL host before anything is created, one test per refusal."""

import socket
import subprocess
from pathlib import Path

import pytest

from components.preflight.local_checks import checkout_problems
from tests.unit.preflight_support import Fake, problems


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(root=tmp_path)


def test_a_machine_in_order_has_no_problem(fake: Fake) -> None:
    assert problems(fake, load_balancer={"enabled": True}) == []


def test_windows_itself_is_no_wsl_host(fake: Fake) -> None:
    (problem,) = problems(fake, platform="win32")

    assert problem.startswith("this is not Linux.")


def test_wsl_without_systemd_is_told_the_lines_that_turn_it_on(fake: Fake) -> None:
    fake.remove("run/systemd/system")

    fake.write("sbin/init", "")

    (problem,) = problems(fake)

    assert "service. Add to /etc/wsl.conf:\n  [boot]\n  systemd=true\n" in problem
    assert "wsl.exe --shutdown" in problem
    assert "wsl.exe --update" in problem
    assert "--set-version" not in problem


def test_an_image_without_systemd_is_told_to_install_it_first(fake: Fake) -> None:
    fake.remove("run/systemd/system")

    (problem,) = problems(fake)

    assert "Install it (sudo apt-get install systemd-sysv), then add to /etc/wsl.conf:" in problem


def test_wsl_1_is_told_to_become_wsl_2_for_no_line_gives_it_systemd(fake: Fake) -> None:
    fake.remove("run/systemd/system")
    fake.write("proc/sys/kernel/osrelease", "4.4.0-19041-Microsoft\n")
    fake.environ["WSL_DISTRO_NAME"] = "Ubuntu-24.04"

    (problem,) = problems(fake)

    assert problem.endswith(
        "  wsl.exe --set-version Ubuntu-24.04 2"
    )  # it reads quotes as part of it
    assert "systemd=true" not in problem


def test_another_machine_without_systemd_is_not_told_about_wsl(fake: Fake) -> None:
    fake.remove("run/systemd/system")
    fake.write("proc/sys/kernel/osrelease", "6.1.0-18-amd64")

    (problem,) = problems(fake)

    assert "systemd does not run" in problem
    assert "wsl" not in problem.lower()


@pytest.mark.parametrize("mark", ["run/WSL/1_interop", "proc/sys/fs/binfmt_misc/WSLInterop"])
def test_wsl_is_known_by_its_interop_files_too(fake: Fake, mark: str) -> None:
    fake.write("proc/sys/kernel/osrelease", "6.1.0-18-amd64")
    assert not fake.machine().is_wsl

    fake.write(mark, "")

    assert fake.machine().is_wsl


@pytest.mark.parametrize("content", ["", "uninitialized", "0" * 31, "Z" * 32])
def test_a_machine_without_an_id_is_told_how_to_make_one(fake: Fake, content: str) -> None:
    fake.write("etc/machine-id", content)

    (problem,) = problems(fake)

    assert "sudo systemd-machine-id-setup" in problem


@pytest.mark.parametrize(("name", "fine"), [("python3.8", False), ("python3.10", True)])
def test_a_distribution_whose_python_cannot_hold_the_tunnel_is_too_old(
    fake: Fake, name: str, *, fine: bool
) -> None:
    fake.write(f"usr/bin/{name}", "")
    (fake.root / "usr/bin/python3").symlink_to(name)

    found = problems(fake)

    assert fine == (found == [])
    assert all("is 3.8, and must be 3.9 or newer" in problem for problem in found)


def test_sudo_with_a_password_is_told_the_line_that_allows_it_without(fake: Fake) -> None:
    fake.sudo = 1

    (problem,) = problems(fake)

    assert "speech ALL=(ALL) NOPASSWD: ALL" in problem
    assert "its unit in /etc/systemd/system" in problem


def test_a_password_given_to_sudo_before_does_not_count(fake: Fake) -> None:
    problems(fake)

    assert ["sudo", "-n", "-k", "true"] in fake.ran


def test_a_machine_without_sudo_is_told_so(fake: Fake) -> None:
    fake.sudo = FileNotFoundError()

    (problem,) = problems(fake)

    assert problem.startswith("sudo is not installed")


def test_a_sudo_that_hangs_is_told_with_where_to_look(fake: Fake) -> None:
    fake.sudo = subprocess.TimeoutExpired(["sudo"], 20)

    (problem,) = problems(fake)

    assert problem.startswith("sudo does not answer within 20 seconds")
    assert "/etc/hosts" in problem


def test_root_needs_no_sudo(fake: Fake) -> None:
    fake.sudo, fake.uid = FileNotFoundError(), 0

    assert problems(fake) == []


def test_an_ssh_agent_that_is_gone_is_named(fake: Fake) -> None:
    fake.environ["SSH_AUTH_SOCK"] = str(fake.root / "agent")

    (problem,) = problems(fake)

    assert "unset SSH_AUTH_SOCK" in problem


def test_an_ssh_agent_that_answers_is_fine(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(fake.root)  # a socket's path may have 107 characters only
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind("agent")
        agent.listen()
        fake.environ["SSH_AUTH_SOCK"] = "agent"

        assert problems(fake) == []


def test_a_checkout_with_windows_line_ends_is_refused_with_the_cure(fake: Fake) -> None:
    for number in range(5):
        fake.write(f"checkout/components/scripts/{number}.sh", "true\r\n")

    (problem,) = checkout_problems(fake.machine())

    assert "components/scripts/0.sh" in problem
    assert "and 2 more" in problem
    assert "git config core.autocrlf input" in problem


def test_a_checkout_as_it_should_be_passes(fake: Fake) -> None:
    assert list(checkout_problems(fake.machine())) == []
