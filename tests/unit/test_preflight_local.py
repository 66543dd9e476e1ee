"""What is refused on the WSL host before anything is created, one test per refusal."""

import socket
from pathlib import Path
from typing import Any

import pytest

from components.load_balancer import way_in
from components.naming import StackName
from components.preflight import account_comment
from components.preflight.local_checks import checkout_problems, host_problems
from settings import Service, Settings
from tests.unit.preflight_support import PASSWD, Fake
from tests.unit.settings_support import HCLOUD, service

DEV = StackName(project="vps-reverse-proxy", stack="dev")
UNIT = "etc/systemd/system/vps-tunnel.service"


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(root=tmp_path)


def problems(fake: Fake, platform: str = "linux", **sections: Any) -> list[str]:
    settings = Settings.model_validate({"server": HCLOUD, **sections})
    return list(host_problems(settings, DEV, fake.machine(platform)))


def listening(fake: Fake, port: int, table: str = "tcp", state: str = "0A") -> None:
    fake.write(
        f"proc/net/{table}",
        "  sl  local_address rem_address   st tx_queue\n"
        f"   0: 0100007F:{port:04X} 00000000:0000 {state} 00000000:00000000\n",
    )


def test_a_machine_in_order_has_no_problem(fake: Fake) -> None:
    assert problems(fake, load_balancer={"enabled": True}) == []


def test_windows_itself_is_no_wsl_host(fake: Fake) -> None:
    (problem,) = problems(fake, platform="win32")

    assert problem.startswith("this is not Linux.")


def test_wsl_without_systemd_is_told_the_lines_that_turn_it_on(fake: Fake) -> None:
    fake.remove("run/systemd/system")

    (problem,) = problems(fake)

    assert "/etc/wsl.conf:\n  [boot]\n  systemd=true\n" in problem
    assert "wsl.exe --shutdown" in problem


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


def test_sudo_with_a_password_is_told_the_line_that_allows_it_without(fake: Fake) -> None:
    fake.sudo = 1

    (problem,) = problems(fake)

    assert "speech ALL=(ALL) NOPASSWD: ALL" in problem
    assert "autossh" in problem


def test_a_password_given_to_sudo_before_does_not_count(fake: Fake) -> None:
    problems(fake)

    assert ["sudo", "-n", "-k", "true"] in fake.ran


def test_a_machine_without_sudo_is_told_so(fake: Fake) -> None:
    fake.sudo = FileNotFoundError()

    (problem,) = problems(fake)

    assert problem.startswith("sudo is not installed")


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


def test_the_stacks_own_unit_is_no_obstacle(fake: Fake) -> None:
    fake.write(UNIT, f"# Owned by vps-reverse-proxy stack {DEV.owner}\n[Unit]\n")
    fake.write("etc/passwd", PASSWD + "vps-tunnel:x:999:999::/var/lib/vps-tunnel:/bin/false\n")
    fake.write("var/lib/vps-tunnel/id_ed25519", "")

    assert problems(fake) == []


def test_an_interrupted_first_run_is_no_obstacle(fake: Fake) -> None:
    comment = account_comment(DEV)
    fake.write(
        "etc/passwd", f"{PASSWD}vps-tunnel:x:999:999:{comment}:/var/lib/vps-tunnel:/bin/false\n"
    )
    fake.write("var/lib/vps-tunnel/id_ed25519", "")

    assert problems(fake) == []


def test_another_stacks_unit_is_refused_with_the_line_to_set(fake: Fake) -> None:
    fake.write(UNIT, "# Owned by vps-reverse-proxy stack vps-reverse-proxy/prod\n[Unit]\n")

    (problem,) = problems(fake)

    assert "belongs to the stack vps-reverse-proxy/prod" in problem
    assert problem.endswith("pulumi config set --path vps-reverse-proxy:tunnel.unit vps-tunnel-dev")


def test_a_stack_whose_name_begins_alike_is_another_stack(fake: Fake) -> None:
    fake.write(UNIT, f"# Owned by vps-reverse-proxy stack {DEV.owner}-2\n[Unit]\n")

    assert len(problems(fake)) == 1


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (UNIT, "[Unit]\nDescription=the guide's own unit, made by hand\n"),
        ("usr/lib/systemd/system/vps-tunnel.service", "[Unit]\n"),
        ("var/lib/vps-tunnel/data", "somebody's"),
        ("etc/passwd", "vps-tunnel:x:1001:1001:Somebody:/home/vps-tunnel:/bin/bash\n"),
    ],
)
def test_what_is_not_ours_under_that_name_is_refused(fake: Fake, path: str, content: str) -> None:
    fake.write(path, content)
    fake.uid = 0

    (problem,) = problems(fake)

    assert "tunnel.unit vps-tunnel-dev" in problem


def test_the_suggested_unit_is_valid_and_another_one(fake: Fake) -> None:
    stack = StackName(project="vps-reverse-proxy", stack="A_very.long-stack_name_of_mine_")
    unit = "vps-tunnel-a-very-long-stack-na"
    fake.write(f"etc/systemd/system/{unit}.service", "[Unit]\n")
    settings = Settings.model_validate({"server": HCLOUD, "tunnel": {"unit": unit}})

    (problem,) = host_problems(settings, stack, fake.machine())

    suggested = problem.rpartition(" ")[2]
    assert suggested != unit
    Settings.model_validate({"server": HCLOUD, "tunnel": {"unit": suggested}})


@pytest.mark.parametrize("table", ["tcp", "tcp6"])
def test_a_port_the_load_balancer_needs_may_not_be_taken(fake: Fake, table: str) -> None:
    listening(fake, 80, table)

    (problem,) = problems(fake, load_balancer={"enabled": True})

    assert "sudo ss -ltnp 'sport = :80'" in problem
    assert "load_balancer.port" in problem


def test_a_services_way_in_may_not_be_taken_either(fake: Fake) -> None:
    listening(fake, 18080)

    (problem,) = problems(fake, load_balancer={"enabled": True})

    assert "services[0].port" in problem


def test_a_connection_from_that_port_is_no_listener(fake: Fake) -> None:
    listening(fake, 80, state="01")

    assert problems(fake, load_balancer={"enabled": True}) == []


def test_without_the_load_balancer_its_port_is_nobodys_business(fake: Fake) -> None:
    listening(fake, 80)

    assert problems(fake) == []


def test_an_nginx_that_runs_already_may_hold_the_port(fake: Fake) -> None:
    listening(fake, 80)
    fake.write("run/nginx.pid", "42\n")
    fake.write("proc/42/comm", "nginx\n")

    assert problems(fake, load_balancer={"enabled": True}) == []


def test_our_own_load_balancer_may_hold_all_its_ports(fake: Fake) -> None:
    listening(fake, 18080)
    fake.write("etc/nginx/conf.d/vps-reverse-proxy-dev.conf", "")

    assert problems(fake, load_balancer={"enabled": True}) == []


@pytest.mark.parametrize("port", [1024, 8080, 55535, 55536, 65535])
def test_the_checked_ports_are_those_the_load_balancer_listens_on(port: int) -> None:
    checked = Service.model_validate(service(port=port, hostname="nmt.gonova.one"))

    assert way_in(checked) == f"127.0.0.1:{checked.balancer_port}"


def test_a_checkout_with_windows_line_ends_is_refused_with_the_cure(fake: Fake) -> None:
    for number in range(5):
        fake.write(f"checkout/components/scripts/{number}.sh", "true\r\n")

    (problem,) = checkout_problems(fake.machine())

    assert "components/scripts/0.sh" in problem
    assert "and 2 more" in problem
    assert "git config core.autocrlf input" in problem


def test_a_checkout_as_it_should_be_passes(fake: Fake) -> None:
    assert list(checkout_problems(fake.machine())) == []
