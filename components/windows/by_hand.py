"""What a person types in Windows where this program cannot."""

from components.windows.distribution import PLAIN_NAME, REGISTERED
from components.windows.held import HOLDING
from components.windows.idle_timeouts import FOLDER, INSTANCE, NEVER, VM

PAGE = "docs/wsl.md"
AT_LOGON = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run"


def config_lines() -> str:
    """The lines of .wslconfig, two spaces in front."""
    lines = []
    for setting in (INSTANCE, VM):
        section, _, key = setting.partition(".")
        lines += [f"  [{section}]", f"  {key}={NEVER}"]
    return "\n".join(lines)


def instructions(distribution: str, task: str) -> str:
    """Both halves: the time-outs, and what starts the distribution at logon.

    Not a task of `schtasks /Create`: it needs the administrator, and ends on battery and after 72
    hours.

    Args:
        distribution: What Windows calls it.
        task: What to call what starts it.
    """
    plain = PLAIN_NAME.fullmatch(distribution) is not None
    choice = f"--distribution {distribution}" if plain else "{NUMBER}"
    number = (
        ""
        if plain
        else "with the number, in braces, that stands above the distribution's name here:\n"
        f"  reg query {REGISTERED} /s /v DistributionName\n"
    )
    return (
        "In Windows, add to %UserProfile%\\.wslconfig:\n"
        f"{config_lines()}\n"
        "and in a Command Prompt type:\n"
        f'  reg add {AT_LOGON} /v "{task}" /d "wsl.exe {choice} --exec {HOLDING}"\n'
        f"{number}"
        "then wsl --shutdown, and log on to Windows again; the window that opens must stay open."
    )


def config_removal() -> str:
    """How to take the time-outs away; other stacks may share them."""
    return (
        f"remove the folder %UserProfile%\\{FOLDER}, and from %UserProfile%\\.wslconfig these"
        f" lines, unless another stack needs them:\n{config_lines()}"
    )


def removal(task: str) -> str:
    """How to take the task away."""
    return f'schtasks /Delete /TN "{task}" /F'
