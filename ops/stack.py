"""Reads a stack's outputs as pulumi prints them."""

import json
from pathlib import Path
from typing import Any

from ops.engine import CHECKOUT, explain, run_pulumi
from ops.errors import OpsError


def read_outputs(stack: str | None, *, project: Path = CHECKOUT) -> dict[str, Any]:
    """A stack's outputs, its secrets in the clear: they must not be shown.

    Args:
        stack: Its name; None for the selected one.
        project: The folder with Pulumi.yaml.

    Raises:
        OpsError: There is no pulumi, no such stack, no passphrase, or nothing was deployed yet.
    """
    chosen = ["--stack", stack] if stack else []
    done = run_pulumi(["stack", "output", "--json", "--show-secrets", *chosen], project=project)
    if done.returncode:
        raise OpsError(explain("pulumi stack output", done.stderr.strip()))
    try:
        outputs: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        # Not `from`: the error carries the text, and the text may hold the key.
        raise OpsError("pulumi stack output printed no JSON; run it yourself to see why") from None
    if not outputs:
        raise OpsError(
            f"stack {stack or 'selected here'} has no outputs: no pulumi up of it has finished yet"
        )
    return outputs
