"""The scheduled task that starts the distribution at logon, on resume and every five minutes.

It stays in it, because a session of wsl.exe is the one thing that every WSL keeps a distribution
for. While it is in it, the five minutes start nothing: they are for a WSL that was ended, as each
update of WSL ends it, without a word.
"""

import hashlib
import re
from dataclasses import dataclass
from html import unescape

from components.naming import StackName
from components.rendering import TEMPLATES, render
from components.windows.held import HOLDING

_TEMPLATE = "wsl-task.xml.j2"
_ACTION = re.compile(r"<Command>(.*?)</Command>\s*<Arguments>(.*?)</Arguments>", re.DOTALL)
_NOT_IN_A_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def task_name(stack: StackName, distribution: str) -> str:
    """What Windows calls the task: one for each stack in each distribution."""
    return _NOT_IN_A_NAME.sub("_", f"{stack.project} {stack.slug} {distribution}")


@dataclass(frozen=True, kw_only=True)
class Action:
    """A program of Windows and its arguments, as the Task Scheduler takes them."""

    command: str
    arguments: str


def task_action(choice: str, wslg: str | None) -> Action:
    """What holds the distribution without a window.

    Args:
        choice: The words that name it, see `Windows.choice`.
        wslg: The path of wslg.exe, which is wsl.exe without a console. None where Windows has none:
            then PowerShell hides the window, which Windows Terminal may show all the same.
    """
    if wslg is not None:
        # As in the Start menu's entries of Linux programs: it has no --exec.
        return Action(command=wslg, arguments=f'{choice} --cd "~" -- {HOLDING}')
    # Bare braces would be a block of PowerShell's own.
    named = f"'{choice}'" if choice.startswith("{") else choice
    held = f"& wsl.exe {named} --exec {HOLDING}"
    return Action(
        command="powershell.exe",
        arguments=f'-NoProfile -NonInteractive -WindowStyle Hidden -Command "{held}"',
    )


def action_in(xml: str) -> Action | None:
    """What a task does, by its definition as Windows shows it; None for one that is not ours."""
    found = _ACTION.search(xml)
    return Action(command=unescape(found[1]), arguments=unescape(found[2])) if found else None


def task_version(stack: StackName, distribution: str) -> str:
    """What tells one definition from another: 12 hexadecimal digits, in the task itself, too."""
    actions = (task_action("", "wslg.exe"), task_action("", None))
    text = "\n".join(
        [
            (TEMPLATES / _TEMPLATE).read_text(encoding="utf-8"),
            stack.owner,
            distribution,
            *(action.arguments for action in actions),
        ]
    )
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def render_task(
    stack: StackName, distribution: str, choice: str, user_id: str, wslg: str | None
) -> str:
    """The task's definition for the Task Scheduler; XML.

    Args:
        stack: Whose it is.
        distribution: What it starts.
        choice: See `task_action`.
        user_id: At whose logon, and as whom: a security identifier.
        wslg: See `task_action`.
    """
    return render(
        _TEMPLATE,
        owner=stack.owner,
        version=task_version(stack, distribution),
        distribution=distribution,
        user_id=user_id,
        action=task_action(choice, wslg),
    )
