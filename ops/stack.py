"""Reads a stack's outputs as pulumi prints them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ops.errors import OpsError

CHECKOUT = Path(__file__).resolve().parent.parent

# What pulumi says (a part of it) -> what to do about it.
_REMEDIES = {
    "no stack selected": "choose one: pulumi stack select STACK, or bin/ops ssh --stack STACK",
    "no stack named": "list them: pulumi stack ls",
    "PULUMI_ACCESS_TOKEN must be set": (
        "pulumi knows no place to keep its state. For files on this machine: pulumi login --local"
    ),
    "passphrase must be set": (
        "the stack's secrets need its passphrase; this asks for it:\n"
        "  read -rsp 'Passphrase: ' PULUMI_CONFIG_PASSPHRASE && export PULUMI_CONFIG_PASSPHRASE"
    ),
    "incorrect passphrase": (
        "that passphrase is not this stack's; this asks for another:\n"
        "  read -rsp 'Passphrase: ' PULUMI_CONFIG_PASSPHRASE && export PULUMI_CONFIG_PASSPHRASE"
    ),
}


def read_outputs(stack: str | None, *, project: Path = CHECKOUT) -> dict[str, Any]:
    """A stack's outputs, its secrets in the clear: they must not be shown.

    Args:
        stack: Its name; None for the selected one.
        project: The folder with Pulumi.yaml.

    Raises:
        OpsError: There is no pulumi, no such stack, no passphrase, or nothing was deployed yet.
    """
    chosen = ["--stack", stack] if stack else []
    argv = ["pulumi", "stack", "output", "--json", "--show-secrets", "--non-interactive", *chosen]
    if shutil.which("pulumi") is None:
        raise OpsError(
            "there is no pulumi on PATH: run bin/setup, and the `export PATH=...` that it prints"
        )
    done = subprocess.run(
        argv, cwd=project, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OpsError(_explain(done.stderr.strip()))
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


def _explain(words: str) -> str:
    remedy = next((text for said, text in _REMEDIES.items() if said in words), None)
    return f"{words}\n{remedy}" if remedy else f"pulumi stack output failed:\n{words}"
