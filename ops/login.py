"""How to log in to a stack's VPS: its output `login`, and the private files ssh needs for it."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ops.errors import OpsError

ALIAS = "vps"  # the name under which the host key is pinned
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 # nosec B108 - the folder made in it is private


class Login(BaseModel):
    """The administrator's login, as `pulumi up` records it."""

    model_config = ConfigDict(frozen=True)

    user: str
    address: str
    port: int
    host_key: str = Field(alias="hostKey")
    private_key: SecretStr = Field(alias="privateKey")


@dataclass(frozen=True, kw_only=True)
class LoginFiles:
    """Where the private key and the pinned host key are, for as long as ssh runs."""

    key: Path
    known_hosts: Path


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


@contextmanager
def login_files(login: Login) -> Iterator[LoginFiles]:
    """The key (mode 0600) and known_hosts in a folder of their own (0700), removed at the end."""
    with tempfile.TemporaryDirectory(prefix="vps-ops-", dir=memory_folder()) as name:
        files = LoginFiles(key=Path(name, "key"), known_hosts=Path(name, "known_hosts"))
        # ssh reads no key whose last line has no end.
        _write(files.key, login.private_key.get_secret_value().strip() + "\n")
        _write(files.known_hosts, f"{ALIAS} {' '.join(login.host_key.split()[:2])}\n")
        yield files


def memory_folder(environ: Mapping[str, str] = os.environ) -> str | None:
    """A folder that is never written to a disk; None (the usual /tmp) where there is none."""
    for folder in (environ.get("XDG_RUNTIME_DIR", ""), _SHARED_MEMORY):
        # After `su` or `sudo` the variable may name another user's.
        if Path(folder).is_absolute() and os.access(folder, os.W_OK | os.X_OK):
            return folder
    return None


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
