"""Whether Windows can be told to keep this WSL distribution running."""

from dataclasses import dataclass

from components.naming import StackName
from components.preflight.machine import Machine
from components.windows.by_hand import PAGE, instructions
from components.windows.config_edit import ConfigFileError
from components.windows.config_syntax import value_of
from components.windows.idle_timeouts import INSTANCE, NEVER, VM, IdleTimeouts
from components.windows.interop import InteropError
from components.windows.start_task import task_name
from settings import Settings

_FORMATS = "proc/sys/fs/binfmt_misc"


@dataclass(frozen=True, kw_only=True)
class KeepAliveCheck:
    """What was found: what Windows shall keep running, and what is in the way.

    Attributes:
        distribution: What it shall keep running, by the name it has there; None for nothing.
    """

    distribution: str | None = None
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def check_keep_alive(
    settings: Settings, stack: StackName, machine: Machine, kept: str | None
) -> KeepAliveCheck:
    """Ask Windows for all that `up` will need of it; nothing is changed.

    Args:
        settings: The stack's.
        stack: Its name.
        machine: This machine.
        kept: What Windows already keeps running for the stack on this machine.
    """
    if not settings.wsl.keep_alive or not machine.is_wsl:
        return KeepAliveCheck()
    try:
        windows = machine.windows()
        windows.user_id()
        windows.choice()
        profile = windows.profile()
    except InteropError as error:
        why = f"Windows cannot be called from this session: {error}{_reason(machine)}."
        if kept is not None:
            return KeepAliveCheck(
                distribution=kept, warnings=(f"{why} What keeps WSL running stays as it is.",)
            )
        name = machine.environ.get("WSL_DISTRO_NAME") or "NAME"
        by_hand = (
            f"WSL ends this distribution some seconds after its last window is closed, and the"
            f" tunnel with it. {why} Run pulumi in a window of the distribution; or do it by hand"
            f" ({PAGE}) and switch this off:\n"
            f"{instructions(name, task_name(stack, name))}\n"
            f"  pulumi config set --path {stack.project}:wsl.keep_alive false"
        )
        return KeepAliveCheck(warnings=(by_hand,))
    try:
        IdleTimeouts(profile=profile).try_out({INSTANCE: NEVER, VM: NEVER})
    except (ConfigFileError, OSError) as error:
        problem = (
            f"the Windows user's .wslconfig, which keeps WSL running, cannot be changed:"
            f" {profile / '.wslconfig'}: {error}. Mend that (in Windows: notepad"
            f" %UserProfile%\\.wslconfig); or do it by hand ({PAGE}) and switch this off:\n"
            f"  pulumi config set --path {stack.project}:wsl.keep_alive false"
        )
        return KeepAliveCheck(distribution=windows.distribution, problems=(problem,))
    return KeepAliveCheck(distribution=windows.distribution)


def _reason(machine: Machine) -> str:
    """Why WSL does not run Windows' programs, where it can be told; " (...)" or nothing."""
    setting = value_of(machine.read("etc/wsl.conf"), "interop.enabled")
    if setting is not None and setting.strip('"').lower() in {"false", "0"}:
        return " (/etc/wsl.conf says [interop] enabled=false)"
    if not any((machine.root / _FORMATS).glob("WSLInterop*")):
        return f" (WSLInterop is not registered in /{_FORMATS}; wsl.exe --shutdown registers it)"
    way = machine.environ.get("WSL_INTEROP")
    if not way:
        return " (WSL_INTEROP is not set, as in sessions by ssh, cron or sudo)"
    if not machine.exists(way.lstrip("/")):
        return f" ({way}, which WSL_INTEROP names, is gone, as in tmux when its window was closed)"
    return ""
