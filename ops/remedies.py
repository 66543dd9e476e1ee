"""What to type against a fault, as it is typed for the stack and the machine that it is about."""

import re
import shlex

MAKE_ROOM = "sudo du -xhd2 / | sort -h | tail; sudo journalctl --vacuum-size=100M"
"""What fills a disk, and the journal cut short."""

_OF_A_STACK = re.compile(
    r"\b(bin/ops (?!init\b|regions\b)[a-z]+"
    r"|pulumi (?:up|preview|refresh|destroy|stack|config set))\b(?! --stack)"
)


def on_vps(command: str) -> str:
    """A command of the VPS's shell, from here; pipes and semicolons are the VPS's, too."""
    word = shlex.quote(command) if re.search(r"[|;&<>$*'\"]", command) else command
    return f"bin/ops ssh -- {word}"


def for_stack(remedy: str, stack: str | None) -> str:
    """The remedy for a stack that was named, as its commands else mean the selected one.

    Args:
        remedy: Words with commands in them.
        stack: The name given with --stack; None where none was.
    """
    if stack is None:
        return remedy
    return _OF_A_STACK.sub(lambda command: f"{command[1]} --stack {stack}", remedy)
