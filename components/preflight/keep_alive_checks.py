"""Whether Windows can be told to keep this WSL distribution running."""

from components.naming import StackName
from components.preflight.machine import Machine
from components.windows.by_hand import PAGE, instructions
from components.windows.config_syntax import value_of
from components.windows.interop import InteropError
from components.windows.start_task import task_name
from settings import Settings

_FORMATS = "proc/sys/fs/binfmt_misc"


def distribution_to_keep(
    settings: Settings, stack: StackName, machine: Machine, kept: str | None
) -> tuple[str | None, list[str]]:
    """What Windows shall keep running, by the name it has there, and warnings; None for nothing.

    Args:
        settings: The stack's.
        stack: Its name.
        machine: This machine.
        kept: What Windows already keeps running for the stack on this machine.
    """
    if not settings.wsl.keep_alive or not machine.is_wsl:
        return None, []
    try:
        windows = machine.windows()
        windows.user_id()
    except InteropError as error:
        why = f"Windows cannot be called from this session: {error}{_reason(machine)}."
        if kept is not None:
            return kept, [f"{why} What keeps WSL running stays as it is."]
        name = machine.environ.get("WSL_DISTRO_NAME") or "NAME"
        by_hand = (
            f"WSL ends this distribution some seconds after its last window is closed, and the"
            f" tunnel with it. {why} Run pulumi in a window of the distribution; or do it by hand"
            f" ({PAGE}) and switch this off:\n"
            f"{instructions(name, task_name(stack, name))}\n"
            f"  pulumi config set --path {stack.project}:wsl.keep_alive false"
        )
        return None, [by_hand]
    return windows.distribution, []


def _reason(machine: Machine) -> str:
    """Why WSL does not run Windows' programs, where it can be told; " (...)" or nothing."""
    setting = value_of(machine.read("etc/wsl.conf"), "interop.enabled")
    if setting is not None and setting.strip('"').lower() in {"false", "0"}:
        return " (/etc/wsl.conf says [interop] enabled=false)"
    if not any((machine.root / _FORMATS).glob("WSLInterop*")):
        return f" (WSLInterop is not registered in /{_FORMATS}; wsl.exe --shutdown registers it)"
    if not machine.environ.get("WSL_INTEROP"):
        return " (WSL_INTEROP is not set, as in sessions by ssh, cron or sudo)"
    return ""
