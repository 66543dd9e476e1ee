"""What holds a distribution, and what only looks like it."""

from pathlib import Path

import pytest

from components.windows.held import is_held
from tests.unit.components.windows.processes import process


@pytest.mark.parametrize("relay", ["Relay(11)", "init"])
@pytest.mark.parametrize("command", [("sleep", "infinity"), ("fish", "-c", "sleep infinity")])
def test_the_tasks_program_below_wsls_own_parent_holds_it(
    tmp_path: Path, relay: str, command: tuple[str, ...]
) -> None:
    process(tmp_path, 10, relay, 1, "/init")
    process(tmp_path, 11, command[0], 10, *command)

    assert is_held(tmp_path)


@pytest.mark.parametrize(
    ("parent", "command"),
    [
        ("containerd-shim", ("sleep", "infinity")),
        ("systemd", ("sleep", "infinity")),
        ("Relay(11)", ("-bash",)),
    ],
)
def test_a_containers_sleep_a_services_and_a_window_do_not(
    tmp_path: Path, parent: str, command: tuple[str, ...]
) -> None:
    process(tmp_path, 10, parent, 1, "parent")
    process(tmp_path, 11, command[0], 10, *command)

    assert not is_held(tmp_path)


def test_a_process_that_ends_while_they_are_read_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "12").mkdir()
    (tmp_path / "12/cmdline").write_text("sleep\0infinity\0")
    (tmp_path / "self").mkdir()

    assert not is_held(tmp_path)
