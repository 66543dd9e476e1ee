"""Whether WSL is about to end this distribution: what to look at, and what follows from it."""

from collections.abc import Callable
from dataclasses import dataclass

from components.naming import StackName
from components.windows.by_hand import PAGE
from components.windows.config_edit import ConfigFileError, read_settings
from components.windows.idle_timeouts import INSTANCE, NEVER, VM, IdleTimeouts, wanted_settings
from components.windows.interop import InteropError, Windows
from components.windows.start_task import task_name


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was found in Windows.

    Attributes:
        silent: Why Windows cannot be called; empty where it can.
        settings: The two time-outs as .wslconfig has them; those that are not set are missing.
        wsl_version: None for a WSL that is part of Windows.
        task: The name of the stack's scheduled task; empty where it is not there.
        held: Whether a program that Windows started holds the distribution.
    """

    silent: str = ""
    settings: dict[str, str]
    wsl_version: tuple[int, ...] | None
    task: str
    held: bool


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something wrong: what was seen, and what to do."""

    evidence: str
    remedy: str


def look(find: Callable[[], Windows], stack: StackName) -> Facts:
    """Ask Windows; it is changed in nothing.

    Args:
        find: Finds Windows around this session; raises InteropError.
        stack: Whose scheduled task to look for.
    """
    try:
        windows = find()
        task = task_name(stack, windows.distribution)
        file = IdleTimeouts(profile=windows.profile()).file
        data = file.read_bytes() if file.exists() else b""
        return Facts(
            settings=read_settings(data, (INSTANCE, VM)),
            wsl_version=windows.wsl_version(),
            task=task if windows.task(task) is not None else "",
            held=windows.holds(),
        )
    except (InteropError, ConfigFileError, OSError) as error:
        return Facts(silent=str(error), settings={}, wsl_version=None, task="", held=False)


def sleep_findings(facts: Facts, project: str) -> list[Finding]:
    """What lets WSL end this distribution when its last window is closed; none when it is kept.

    The task alone keeps it, and so do the time-outs alone where this WSL knows both.

    Args:
        facts: What `look` found.
        project: The namespace of the settings.
    """
    if facts.silent:
        return [
            Finding(
                evidence=f"Windows cannot be asked whether it keeps WSL running: {facts.silent}",
                remedy=f"look from a window of the distribution, or by hand: {PAGE}",
            )
        ]
    again = (
        f"pulumi config set --path {project}:wsl.keep_alive true && pulumi up --refresh,"
        " in a window of the distribution"
    )
    found = []
    if not facts.task:
        found.append(
            Finding(
                evidence="no scheduled task starts this distribution and holds it",
                remedy=again,
            )
        )
    elif not facts.held:
        found.append(
            Finding(
                evidence="the scheduled task is there, but does not hold this distribution",
                remedy=f'schtasks.exe /Run /TN "{facts.task}", in a window of the distribution;'
                f" if that does not help: {PAGE}#it-does-not-hold",
            )
        )
    for setting in wanted_settings(facts.wsl_version):
        value = facts.settings.get(setting)
        if value != NEVER:
            found.append(
                Finding(
                    evidence=f".wslconfig has {setting} {'not set' if value is None else value}:"
                    " WSL stops when it is idle",
                    remedy=again,
                )
            )
    if INSTANCE not in wanted_settings(facts.wsl_version):
        found.append(
            Finding(
                evidence=f"this WSL does not know {INSTANCE}: the task alone keeps it running",
                remedy="wsl --update in Windows, then pulumi up --refresh",
            )
        )
    return found
