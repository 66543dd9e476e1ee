"""Runs pulumi in the program's folder, and explains its refusals."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

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


def run_pulumi(
    args: Sequence[str],
    *,
    project: Path = CHECKOUT,
    given: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Pulumi to its end, its output taken; the exit status is the caller's to look at.

    Args:
        args: The command and its options; never a secret.
        project: The folder with Pulumi.yaml.
        given: Its standard input, where a secret belongs.
        environment: Variables beside our own.

    Raises:
        OpsError: There is no pulumi here.
    """
    if shutil.which("pulumi") is None:
        raise OpsError(
            "there is no pulumi on PATH: run bin/setup, and the `export PATH=...` that it prints"
        )
    return subprocess.run(
        ["pulumi", *args, "--non-interactive"],
        cwd=project,
        env={**os.environ, **(environment or {})},
        input=given or "",
        capture_output=True,
        text=True,
        check=False,
    )


def explain(command: str, words: str) -> str:
    """What pulumi said, with what to do about it where we know; `command` for all else."""
    remedy = next((text for said, text in _REMEDIES.items() if said in words), None)
    return f"{words}\n{remedy}" if remedy else f"{command} failed:\n{words}"
