"""Registers with Windows what keeps a distribution running: the idle time-outs and the task."""

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from components.naming import StackName
from components.windows.by_hand import PAGE
from components.windows.held import HOLDING
from components.windows.idle_timeouts import INSTANCE, IdleTimeouts, wanted_settings
from components.windows.interop import InteropError, Windows
from components.windows.start_task import action_in, render_task, task_action

HOLD_SECONDS = 20.0
"""How long Windows may take from a task's start to its program in the distribution."""


def register(windows: Windows, props: Mapping[str, Any]) -> dict[str, Any]:
    """Set the idle time-outs, then register and start the task; doing it again changes nothing.

    Args:
        windows: The Windows around this session.
        props: The resource's inputs: project, stack, distribution, task, version.

    Returns:
        The inputs, with `profile` (the Windows user's folder, as a path of Linux), `wsl_version`
        ("" for one that is part of Windows) and `note` (what is not as it should be; "" for
        nothing).

    Raises:
        InteropError: Windows cannot be called, or refuses; the time-outs are as before then.
        ConfigFileError: The user's .wslconfig cannot be edited.
        OSError: A file of the profile cannot be read or written.
    """
    user, profile, version = windows.user_id(), windows.profile(), windows.wsl_version()
    wanted = wanted_settings(version)
    timeouts = IdleTimeouts(profile=profile)
    stack = StackName(project=props["project"], stack=props["stack"])
    xml = render_task(stack, props["distribution"], windows.choice(), user, windows.wslg())
    known = timeouts.knows(holder_of(props))
    try:
        timeouts.hold(holder_of(props), wanted)
        held = _ensure_task(windows, props, xml, timeouts)
    except (InteropError, OSError):
        if not known:  # what this call did not finish is in no state: nobody would ever undo it
            timeouts.release(holder_of(props))
        raise
    return {
        **props,
        "profile": str(profile),
        "wsl_version": ".".join(map(str, version or ())),
        "note": _note(version, held=held),
    }


def is_current(windows: Windows, props: Mapping[str, Any], xml: str) -> bool:
    """Whether `register` would change nothing: by the files, and by what Windows has today.

    WSL may have been updated since: it knows another time-out then, or has wslg.exe.

    Args:
        windows: The Windows around this session.
        props: The resource's outputs.
        xml: The task, as Windows shows it.

    Raises:
        InteropError: Windows cannot be called.
    """
    version = windows.wsl_version()
    timeouts = IdleTimeouts(profile=Path(props["profile"]))
    return (
        timeouts.held_by(holder_of(props), wanted_settings(version))
        and props["note"] == _note(version, held=True)
        and f"<Version>{props['version']}</Version>" in xml
        and action_in(xml) == task_action(windows.choice(), windows.wslg())
    )


def _ensure_task(
    windows: Windows, props: Mapping[str, Any], xml: str, timeouts: IdleTimeouts
) -> bool:
    """Whether it holds the distribution, now that it is there and was started."""
    there = windows.task(props["task"]) or ""
    same = action_in(there) == action_in(xml)
    if same and f"<Version>{props['version']}</Version>" in there:
        return windows.holds() or _starts(windows, props["task"])
    windows.register_task(props["task"], xml, timeouts.folder)
    try:
        windows.start_task(props["task"])  # from now on, not from the next logon
    except InteropError:
        if not there:
            with suppress(InteropError):
                windows.remove_task(props["task"])
        raise
    return _holds(windows)


def _starts(windows: Windows, task: str) -> bool:
    """Whether a task that does not run does so now; not one that somebody has switched off."""
    try:
        windows.start_task(task)
    except InteropError:
        return False
    return _holds(windows)


def _holds(windows: Windows) -> bool:
    """Whether it holds the distribution, as soon as it does."""
    deadline = time.monotonic() + HOLD_SECONDS
    while not windows.holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _note(version: tuple[int, ...] | None, *, held: bool) -> str:
    """What is not as it should be; empty where nothing is."""
    notes = []
    if not held:
        notes.append(
            f"the scheduled task is there, but does not hold the distribution: no `{HOLDING}` of"
            f" its runs here. Find out why ({PAGE}#it-does-not-hold), then pulumi up --refresh"
        )
    if INSTANCE not in wanted_settings(version):
        number = ".".join(map(str, version)) if version else "part of Windows"
        notes.append(
            f"this WSL ({number}) does not know {INSTANCE}: the task alone keeps it running."
            f" Update it in Windows (wsl --update), then pulumi up --refresh; see {PAGE}"
        )
    return "; ".join(notes)


def holder_of(props: Mapping[str, Any]) -> str:
    """Who needs the time-outs: the stack, in its distribution."""
    return f"{props['project']}/{props['stack']} in {props['distribution']}"
