"""Whether this machine may be the stack's WSL host, and what is said when it may not."""

from pathlib import Path

import pulumi
import pytest

from components.preflight import check_this_machine, inspect_machine
from settings import Settings
from tests.unit.preflight_support import MACHINE_ID, Fake
from tests.unit.settings_support import HCLOUD

OWNER = "vps-reverse-proxy/dev"
OTHER = {"machineId": "f" * 32, "hostname": "desk"}
SAME = {"machineId": MACHINE_ID, "hostname": "wsl"}
SETTINGS = Settings.model_validate({"server": HCLOUD})
ADOPTING = Settings.model_validate({"server": HCLOUD, "tunnel": {"adopt_host": True}})


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(root=tmp_path)


def test_a_machine_in_order_passes_without_a_word(fake: Fake) -> None:
    found = inspect_machine(SETTINGS, OWNER, None, dry_run=False, machine=fake.machine())

    assert (found.problems, found.warnings) == ((), ())
    assert (found.machine_id, found.hostname, found.is_wsl_host) == (MACHINE_ID, "wsl", True)


def test_the_recorded_host_may_run_again(fake: Fake) -> None:
    found = inspect_machine(SETTINGS, OWNER, SAME, dry_run=False, machine=fake.machine())

    assert (found.problems, found.is_wsl_host) == ((), True)


def test_up_on_another_machine_is_refused_naming_the_right_one(fake: Fake) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        check_this_machine(SETTINGS, OWNER, OTHER, dry_run=False, machine=fake.machine())

    assert f"the stack's WSL host is desk (machine-id {'f' * 32}), and this is wsl" in str(
        caught.value
    )
    assert "pulumi config set --path vps-reverse-proxy:tunnel.adopt_host true" in str(caught.value)


def test_preview_on_another_machine_warns_and_keeps_the_recorded_host(fake: Fake) -> None:
    fake.remove("run/systemd/system")  # local checks would fail here

    found = inspect_machine(SETTINGS, OWNER, OTHER, dry_run=True, machine=fake.machine())

    assert found.problems == ()
    assert "is not the stack's WSL host" in found.warnings[0]
    assert (found.machine_id, found.hostname, found.is_wsl_host) == ("f" * 32, "desk", False)


def test_adopt_host_moves_the_stack_and_says_what_to_stop(fake: Fake) -> None:
    found = inspect_machine(ADOPTING, OWNER, OTHER, dry_run=False, machine=fake.machine())

    assert found.problems == ()
    assert (found.machine_id, found.is_wsl_host) == (MACHINE_ID, True)
    assert "sudo systemctl disable --now vps-tunnel" in found.warnings[0]


def test_an_adopting_machine_is_checked_like_any_wsl_host(fake: Fake) -> None:
    fake.remove("run/systemd/system")

    found = inspect_machine(ADOPTING, OWNER, OTHER, dry_run=True, machine=fake.machine())

    assert "systemd does not run" in found.problems[0]


@pytest.mark.parametrize("dry_run", [True, False])
def test_every_problem_comes_in_one_message_also_in_preview(fake: Fake, *, dry_run: bool) -> None:
    fake.remove("run/systemd/system")
    fake.write("etc/machine-id", "")
    fake.sudo = 1

    with pytest.raises(pulumi.RunError) as caught:
        check_this_machine(SETTINGS, OWNER, None, dry_run=dry_run, machine=fake.machine())

    message = str(caught.value)
    assert message.count("\n- ") == 3
    assert "systemd" in message
    assert "machine-id" in message
    assert "sudo" in message
    assert message.endswith("Nothing was changed.")


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
def test_before_a_first_vps_is_rented_a_proxy_is_warned_of_as_ssh_passes_by_it(
    fake: Fake, variable: str
) -> None:
    fake.environ[variable] = "http://me:secret@proxy.test:3128"
    first = inspect_machine(SETTINGS, OWNER, None, dry_run=True, machine=fake.machine())
    again = inspect_machine(SETTINGS, OWNER, SAME, dry_run=True, machine=fake.machine())

    (said,) = first.warnings
    assert f"this network has a proxy ({variable})" in said
    assert "ssh on port 22, over IPv4" in said
    assert "secret" not in said
    assert (first.problems, again.warnings) == ((), ())


def test_a_proxy_that_is_set_to_nothing_is_none(fake: Fake) -> None:
    fake.environ["https_proxy"] = ""
    found = inspect_machine(SETTINGS, OWNER, None, dry_run=True, machine=fake.machine())

    assert found.warnings == ()
