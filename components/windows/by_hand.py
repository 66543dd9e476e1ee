"""What a person types in Windows where this program cannot."""

from components.windows.idle_timeouts import FOLDER, INSTANCE, NEVER, VM

PAGE = "docs/wsl.md"


def config_lines() -> str:
    """The lines of .wslconfig, two spaces in front."""
    lines = []
    for setting in (INSTANCE, VM):
        section, _, key = setting.partition(".")
        lines += [f"  [{section}]", f"  {key}={NEVER}"]
    return "\n".join(lines)


def instructions(distribution: str, task: str) -> str:
    """Both halves: the time-outs, and the task that starts the distribution.

    Args:
        distribution: What Windows calls it.
        task: What to call the task.
    """
    start = f'wsl.exe --distribution \\"{distribution}\\" --exec sleep infinity'
    return (
        "In Windows, add to %UserProfile%\\.wslconfig:\n"
        f"{config_lines()}\n"
        "and in a Command Prompt of the administrator type:\n"
        f'  schtasks /Create /TN "{task}" /SC ONLOGON /TR "{start}"\n'
        "then wsl --shutdown, and open the distribution again."
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
