"""What is told to Windows by a run, by a second one, and taken back by destroy."""

from pathlib import Path
from typing import Any

import pytest

from components.windows import keep_alive
from components.windows.interop import InteropError
from components.windows.keep_alive import KeepAliveProvider
from components.windows.start_task import task_name, task_version
from lab.windows.drive import DISTRIBUTION
from tests.unit.components.samples import MACHINE_ID, OTHER_STACK, STACK
from tests.unit.components.windows.conftest import Desk

USERS = b"[wsl2]\r\nmemory=8GB\r\n"


def props(stack: Any = STACK, distribution: str = DISTRIBUTION) -> dict[str, Any]:
    return {
        "project": stack.project,
        "stack": stack.stack,
        "distribution": distribution,
        "machine_id": MACHINE_ID,
        "task": task_name(stack, distribution),
        "version": task_version(stack, distribution),
        "profile": None,
        "wsl_version": None,
        "note": None,
    }


@pytest.fixture
def provider(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeepAliveProvider:
    monkeypatch.setattr(keep_alive, "find_windows", lambda _: desk.windows())
    machine_id = tmp_path / "machine-id"
    machine_id.write_text(f"{MACHINE_ID}\n")
    monkeypatch.setattr(keep_alive, "MACHINE_ID_FILE", machine_id)
    return KeepAliveProvider()


def made(provider: KeepAliveProvider, wanted: dict[str, Any]) -> dict[str, Any]:
    return provider.create(wanted).outs or {}


def test_a_run_sets_the_time_outs_and_starts_the_task_at_once(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    outs = made(provider, props())

    assert b"instanceIdleTimeout=-1" in desk.config.read_bytes()
    assert desk.tasks == ["vps-reverse-proxy dev My Ubuntu 24.04"]
    assert desk.verbs() == ["/Query", "/Query", "/Create", "/Run"]  # the second: any task at all?
    assert outs["profile"] == str(desk.profile)
    assert outs["wsl_version"] == "2.6.3"
    assert outs["note"] == ""
    assert not (desk.profile / ".vps-reverse-proxy/task.xml").exists()


def test_doing_it_again_changes_nothing(desk: Desk, provider: KeepAliveProvider) -> None:
    outs = made(provider, props())
    desk.calls.clear()

    assert not provider.diff("", outs, props()).changes
    assert made(provider, props()) == outs
    assert desk.verbs() == ["/Query"]


def test_the_task_of_an_older_program_is_replaced_and_started_by_the_next_up(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    outs = made(provider, props())
    file = desk.system32 / "Tasks" / outs["task"]
    today = file.read_bytes()
    older = today.decode("utf-16").replace(outs["version"], "b1236b3eb62a")
    file.write_bytes(older.encode("utf-16"))
    desk.calls.clear()

    assert provider.diff("", {**outs, "version": "b1236b3eb62a"}, props()).changes
    provider.update("", {**outs, "version": "b1236b3eb62a"}, props())

    assert file.read_bytes() == today
    assert desk.verbs()[-2:] == ["/Create", "/Run"]


def test_destroy_puts_everything_back(desk: Desk, provider: KeepAliveProvider) -> None:
    desk.config.write_bytes(USERS)
    outs = made(provider, props())

    provider.delete("", outs)

    assert desk.config.read_bytes() == USERS
    assert desk.tasks == []
    assert [path.name for path in desk.profile.iterdir()] == [".wslconfig"]
    assert desk.verbs()[-2:] == ["/End", "/Delete"]


def test_two_stacks_have_a_task_each_and_share_the_file(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    one, other = made(provider, props()), made(provider, props(OTHER_STACK))
    assert len(desk.tasks) == 2

    provider.delete("", one)
    assert desk.tasks == [other["task"]]
    assert desk.config.exists()

    provider.delete("", other)
    assert not desk.config.exists()


def test_destroy_ends_where_windows_cannot_be_called_and_names_what_stays(
    desk: Desk, provider: KeepAliveProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = made(provider, props())
    desk.silent = True

    provider.delete("", outs)

    assert not desk.config.exists()
    said = capsys.readouterr().err
    assert 'schtasks /Delete /TN "vps-reverse-proxy dev My Ubuntu 24.04" /F' in said
    assert "Exec format error" in said


def test_destroy_ends_where_the_profile_is_not_mounted_and_names_what_stays(
    desk: Desk, provider: KeepAliveProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = made(provider, props())
    desk.profile.rename(desk.drive / "elsewhere")

    provider.delete("", outs)

    assert desk.tasks == []
    said = capsys.readouterr().err
    assert f"warning: .wslconfig stays as it is: {desk.profile}" in said
    assert "[general]\n  instanceIdleTimeout=-1\n  [wsl2]\n  vmIdleTimeout=-1\n" in said


def test_destroy_ends_where_the_task_is_gone_already(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    outs = made(provider, props())
    (desk.system32 / "Tasks" / outs["task"]).unlink()

    provider.delete("", outs)

    assert not desk.config.exists()


def test_refresh_sees_a_task_that_was_deleted_by_hand(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    outs = made(provider, props())
    assert provider.read("task", outs).outs == outs

    (desk.system32 / "Tasks" / outs["task"]).unlink()
    assert provider.read("task", outs).id == ""


def test_refresh_sees_a_file_that_was_changed_by_hand(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    outs = made(provider, props())
    desk.config.unlink()

    seen = provider.read("task", outs).outs or {}
    assert provider.diff("", seen, props()).changes
    provider.update("", seen, props())
    assert b"vmIdleTimeout=-1" in desk.config.read_bytes()


OLD_WSL = "WSL version: 2.3.26.0\r\n".encode("utf-16-le")


def renewed(provider: KeepAliveProvider, outs: dict[str, Any], wanted: dict[str, Any]) -> Any:
    """What `pulumi up --refresh` has in the state then, which another one finds to be right."""
    seen = provider.read("task", outs).outs or {}
    assert provider.diff("", seen, wanted).changes
    new = provider.update("", seen, wanted).outs or {}
    assert provider.read("task", new).outs == new
    return new


def test_refresh_sees_a_wsl_that_knows_another_time_out_since_its_update(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    desk.version = OLD_WSL
    outs = made(provider, props())
    assert provider.read("task", outs).outs == outs

    desk.version = None
    outs = renewed(provider, outs, props())

    assert b"instanceIdleTimeout=-1" in desk.config.read_bytes()
    assert (outs["wsl_version"], outs["note"]) == ("2.6.3", "")


def test_refresh_ends_the_advice_to_update_in_a_stack_whose_neighbour_has_set_the_time_out(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    desk.version = OLD_WSL
    one, other = made(provider, props()), made(provider, props(OTHER_STACK))

    desk.version = None
    renewed(provider, one, props())

    assert "wsl --update" in other["note"]
    assert renewed(provider, other, props(OTHER_STACK))["note"] == ""


def test_refresh_sees_a_wslg_that_came_with_an_update(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    wslg = desk.drive / "Program Files/WSL/wslg.exe"
    wslg.unlink()
    outs = made(provider, props())
    assert provider.read("task", outs).outs == outs

    wslg.touch()
    renewed(provider, outs, props())

    task = (desk.system32 / "Tasks" / outs["task"]).read_bytes().decode("utf-16")
    assert "<Command>C:\\Program Files\\WSL\\wslg.exe</Command>" in task
    assert desk.verbs()[-3:] == ["/Create", "/Run", "/Query"]


@pytest.mark.parametrize("quote", ['"', "&quot;"])
def test_refresh_knows_the_task_in_the_words_of_windows(
    desk: Desk, provider: KeepAliveProvider, quote: str
) -> None:
    outs = made(provider, props())
    file = desk.system32 / "Tasks" / outs["task"]
    shown = file.read_bytes().decode("utf-16").replace("&#34;", quote)
    file.write_bytes(shown.encode("utf-16"))

    assert provider.read("task", outs).outs == outs


def test_refresh_leaves_the_state_where_the_distribution_is_in_no_registry(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    outs = made(provider, props())
    desk.refuses = "DistributionName"

    assert provider.read("task", outs).outs == outs


@pytest.mark.parametrize(("silent", "refuses"), [(True, ""), (False, "/Query")])
def test_refresh_takes_nothing_for_gone_where_nobody_can_look(
    desk: Desk, provider: KeepAliveProvider, refuses: str, *, silent: bool
) -> None:
    outs = made(provider, props())
    desk.silent, desk.refuses = silent, refuses

    read = provider.read("task", outs)
    assert (read.id, read.outs) == ("task", outs)


def test_destroy_names_a_task_that_a_silent_task_scheduler_keeps(
    desk: Desk, provider: KeepAliveProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = made(provider, props())
    desk.refuses = "/Query"

    provider.delete("", outs)

    assert desk.tasks == [outs["task"]]
    said = capsys.readouterr().err
    assert "Windows' Task Scheduler does not answer" in said
    assert 'schtasks /Delete /TN "vps-reverse-proxy dev My Ubuntu 24.04" /F' in said


def test_another_distribution_is_made_after_the_old_one_went(provider: KeepAliveProvider) -> None:
    changed = provider.diff("", made(provider, props()), props(distribution="Debian"))

    assert changed.replaces == ["distribution"]
    assert changed.delete_before_replace


@pytest.mark.parametrize("version", ["WSL version: 2.3.26.0\r\n", ""])
def test_an_old_wsl_is_kept_by_the_task_alone_and_that_is_said(
    desk: Desk, provider: KeepAliveProvider, version: str
) -> None:
    desk.version = version.encode("utf-16-le")

    outs = made(provider, props())

    assert desk.config.read_bytes() == b"[wsl2]\r\nvmIdleTimeout=-1\r\n"
    assert "wsl --update" in outs["note"]


def test_what_windows_refuses_is_said_in_its_words(desk: Desk, provider: KeepAliveProvider) -> None:
    desk.refuses = "/Create"

    with pytest.raises(InteropError) as caught:
        provider.create(props())

    assert "schtasks.exe /Create ended with 1: ERROR: Access is denied" in str(caught.value)
    assert "do it by hand (docs/wsl.md) and set wsl.keep_alive to false" in str(caught.value)


def files(desk: Desk) -> dict[str, bytes]:
    """All in the user's profile."""
    return {str(path): path.read_bytes() for path in desk.profile.rglob("*") if path.is_file()}


@pytest.mark.parametrize("verb", ["/Create", "/Run"])
@pytest.mark.parametrize("before", [None, USERS, b""])
def test_a_task_that_windows_refuses_leaves_everything_as_it_was(
    desk: Desk, provider: KeepAliveProvider, verb: str, before: bytes | None
) -> None:
    if before is not None:
        desk.config.write_bytes(before)
    was = files(desk)
    desk.refuses = verb

    with pytest.raises(InteropError):
        provider.create(props())

    assert files(desk) == was
    assert not (desk.profile / ".vps-reverse-proxy").exists()
    assert desk.tasks == []


@pytest.mark.parametrize("before", [None, USERS])
def test_a_file_that_a_program_of_windows_holds_leaves_nothing_behind(
    desk: Desk, provider: KeepAliveProvider, monkeypatch: pytest.MonkeyPatch, before: bytes | None
) -> None:
    if before is not None:
        desk.config.write_bytes(before)
    write = Path.write_bytes

    def refuse(path: Path, data: bytes) -> int:
        if path == desk.config:
            raise PermissionError(13, "Permission denied", str(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(PermissionError):
        provider.create(props())

    assert files(desk) == ({} if before is None else {str(desk.config): before})
    assert not (desk.profile / ".vps-reverse-proxy").exists()


def test_a_task_that_windows_refuses_takes_the_time_outs_from_no_other_stack(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    desk.config.write_bytes(USERS)
    other = made(provider, props(OTHER_STACK))
    was = files(desk)
    desk.refuses = "/Create"
    with pytest.raises(InteropError):
        provider.create(props())

    assert files(desk) == was
    provider.delete("", other)
    assert files(desk) == {str(desk.config): USERS}


def test_a_new_version_that_windows_refuses_takes_nothing_from_the_old_one(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    outs = made(provider, props())
    desk.refuses = "/Create"
    with pytest.raises(InteropError):
        provider.update("", outs, {**props(), "version": "2"})

    assert b"vmIdleTimeout=-1" in desk.config.read_bytes()
    assert desk.tasks == [outs["task"]]


def test_a_wsl_without_wslg_is_held_by_a_hidden_powershell(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    (desk.drive / "Program Files/WSL/wslg.exe").unlink()

    outs = made(provider, props())

    task = (desk.system32 / "Tasks" / outs["task"]).read_bytes().decode("utf-16")
    assert "<Command>powershell.exe</Command>" in task
    assert "-WindowStyle Hidden" in task


@pytest.mark.parametrize("machine_id", ["f" * 32, None])
def test_a_refresh_on_another_machine_leaves_the_state_as_it_is(
    provider: KeepAliveProvider, machine_id: str | None
) -> None:
    """Its Windows, if it has one, has no such task, and that says nothing of the WSL host's."""
    outs = made(provider, props())
    provider.delete("", outs)
    if machine_id is None:
        keep_alive.MACHINE_ID_FILE.unlink()
    else:
        keep_alive.MACHINE_ID_FILE.write_text(f"{machine_id}\n")
    read = provider.read("an id", outs)

    assert (read.id, read.outs) == ("an id", outs)


def test_a_task_that_holds_nothing_is_told_and_tried_again_by_a_refresh(
    desk: Desk, provider: KeepAliveProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.profile_ends = True
    outs = made(provider, props())

    assert "does not hold the distribution" in outs["note"]
    assert f"warning: {outs['note']}\n" in capsys.readouterr().err

    desk.profile_ends = False
    outs = renewed(provider, outs, props())

    assert outs["note"] == ""
    assert desk.verbs().count("/Create") == 1
    assert desk.verbs().count("/Run") == 2


def test_a_task_that_is_switched_off_stays_so_and_its_state_is_told(
    desk: Desk, provider: KeepAliveProvider
) -> None:
    outs = made(provider, props())
    desk.end(outs["task"])
    desk.refuses = "/Run"

    assert "does not hold the distribution" in made(provider, props())["note"]
    assert desk.verbs().count("/Create") == 1
