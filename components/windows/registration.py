"""Registers with Windows what keeps a distribution running: the idle time-outs and the task."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from components.naming import StackName
from components.windows.by_hand import PAGE
from components.windows.idle_timeouts import INSTANCE, IdleTimeouts, wanted_settings
from components.windows.interop import InteropError, Windows
from components.windows.start_task import action_in, render_task, task_action


def register(windows: Windows, props: Mapping[str, Any]) -> dict[str, Any]:
    """Set the idle time-outs, then register and start the task; doing it again changes nothing.

    Args:
        windows: The Windows around this session.
        props: The resource's inputs: project, stack, distribution, task, version.

    Returns:
        The inputs, with `profile` (the Windows user's folder, as a path of Linux), `wsl_version`
        ("" for one that is part of Windows) and `note` (what this WSL cannot do; "" for nothing).

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
    held = timeouts.knows(holder_of(props))
    try:
        timeouts.hold(holder_of(props), wanted)
        _ensure_task(windows, props, xml, timeouts)
    except (InteropError, OSError):
        if not held:  # what this call did not finish is in no state: nobody would ever undo it
            timeouts.release(holder_of(props))
        raise
    return {
        **props,
        "profile": str(profile),
        "wsl_version": ".".join(map(str, version or ())),
        "note": _note(version),
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
        and props["note"] == _note(version)
        and f"<Version>{props['version']}</Version>" in xml
        and action_in(xml) == task_action(windows.choice(), windows.wslg())
    )


def _ensure_task(
    windows: Windows, props: Mapping[str, Any], xml: str, timeouts: IdleTimeouts
) -> None:
    there = windows.task(props["task"]) or ""
    same = action_in(there) == action_in(xml)
    if same and f"<Version>{props['version']}</Version>" in there:
        return
    windows.register_task(props["task"], xml, timeouts.folder)
    try:
        windows.start_task(props["task"])  # from now on, not from the next logon
    except InteropError:
        if not there:
            with suppress(InteropError):
                windows.remove_task(props["task"])
        raise


def _note(version: tuple[int, ...] | None) -> str:
    """What a WSL cannot do; empty where it can do everything."""
    if INSTANCE in wanted_settings(version):
        return ""
    number = ".".join(map(str, version)) if version else "part of Windows"
    return (
        f"this WSL ({number}) does not know {INSTANCE}: the task alone keeps it running."
        f" Update it in Windows (wsl --update), then pulumi up --refresh; see {PAGE}"
    )


def holder_of(props: Mapping[str, Any]) -> str:
    """Who needs the time-outs: the stack, in its distribution."""
    return f"{props['project']}/{props['stack']} in {props['distribution']}"
