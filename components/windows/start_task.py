"""The scheduled task that starts the distribution at logon and on resume, and stays in it.

It stays, because a session of wsl.exe is the one thing that every WSL keeps a distribution for.
"""

import hashlib
import re

from components.naming import StackName
from components.rendering import TEMPLATES, render

_TEMPLATE = "wsl-task.xml.j2"
_NOT_IN_A_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def task_name(stack: StackName, distribution: str) -> str:
    """What Windows calls the task: one for each stack in each distribution."""
    return _NOT_IN_A_NAME.sub("_", f"{stack.project} {stack.slug} {distribution}")


def task_arguments(distribution: str) -> str:
    """What powershell.exe is given, to hold the distribution without a window."""
    quoted = distribution.replace("'", "''")
    held = f"& wsl.exe --distribution '{quoted}' --exec sleep infinity"
    return f'-NoProfile -NonInteractive -WindowStyle Hidden -Command "{held}"'


def task_version(stack: StackName, distribution: str) -> str:
    """What tells one definition from another: 12 hexadecimal digits, in the task itself, too."""
    parts = ((TEMPLATES / _TEMPLATE).read_text(encoding="utf-8"), stack.owner, distribution)
    text = "\n".join([*parts, task_arguments(distribution)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def render_task(stack: StackName, distribution: str, user_id: str) -> str:
    """The task's definition for the Task Scheduler; XML.

    Args:
        stack: Whose it is.
        distribution: What it starts.
        user_id: At whose logon, and as whom: a security identifier.
    """
    return render(
        _TEMPLATE,
        owner=stack.owner,
        version=task_version(stack, distribution),
        distribution=distribution,
        user_id=user_id,
        arguments=task_arguments(distribution),
    )
