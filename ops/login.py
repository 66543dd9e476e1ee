"""How to log in to a stack's VPS: its output `login`, read from its outputs."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from components.login import ALIAS, Login, LoginFiles, login_files, memory_folder, ssh_command
from ops.errors import OpsError

__all__ = [
    "ALIAS",
    "Login",
    "LoginFiles",
    "login_files",
    "login_of",
    "memory_folder",
    "ssh_command",
]


def login_of(outputs: Mapping[str, Any]) -> Login:
    """The output `login` of a stack.

    Raises:
        OpsError: There is none, or it lacks something; the values are not shown.
    """
    if "login" not in outputs:
        raise OpsError("the stack has no output `login`: finish its deployment with pulumi up")
    try:
        return Login.model_validate(outputs["login"])
    except ValidationError as error:
        wrong = ", ".join(
            ".".join(map(str, details["loc"])) or "all of it"
            for details in error.errors(include_input=False, include_url=False)
        )
        raise OpsError(
            f"the stack's output `login` is of another version of this program ({wrong}):"
            " run pulumi up once with this one"
        ) from None
