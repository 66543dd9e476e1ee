"""Options that many commands share, and where their words go."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console

StackOption = Annotated[
    str | None, typer.Option("--stack", "-s", help="Which stack; the selected one unless told.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="For programs.")]


def print_json(found: Any) -> None:
    """Print what was found as JSON on standard output."""
    print(json.dumps(found, indent=2))


def console() -> Console:
    """Standard output; a pipe has no width, and 80 columns would cut names."""
    return Console(width=None if sys.stdout.isatty() else 120, highlight=False)
