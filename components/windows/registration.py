"""Registers with Windows what keeps a distribution running: the idle time-outs and the task."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from components.naming import StackName
from components.windows.by_hand import PAGE
from components.windows.idle_timeouts import INSTANCE, IdleTimeouts, wanted_settings
from components.windows.interop import InteropError, Windows
from components.windows.start_task import render_task


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
        "note": "" if INSTANCE in wanted else _too_old(version),
    }


def _ensure_task(
    windows: Windows, props: Mapping[str, Any], xml: str, timeouts: IdleTimeouts
) -> None:
    there = windows.task(props["task"]) or ""
    if f"<Version>{props['version']}</Version>" in there:
        return
    windows.register_task(props["task"], xml, timeouts.folder)
    try:
        windows.start_task(props["task"])  # from now on, not from the next logon
    except InteropError:
        if not there:
            with suppress(InteropError):
                windows.remove_task(props["task"])
        raise


def _too_old(version: tuple[int, ...] | None) -> str:
    number = ".".join(map(str, version)) if version else "part of Windows"
    return (
        f"this WSL ({number}) does not know {INSTANCE}: the task alone keeps it running."
        f" Update it in Windows (wsl --update), then pulumi up --refresh; see {PAGE}"
    )


def holder_of(props: Mapping[str, Any]) -> str:
    """Who needs the time-outs: the stack, in its distribution."""
    return f"{props['project']}/{props['stack']} in {props['distribution']}"
