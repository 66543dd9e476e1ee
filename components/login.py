"""A stack's login on its VPS beside the engine: its output `login`, and ssh with pinned keys."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from components.ssh_keys import bare_key

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


@contextmanager
def login_files(login: Login) -> Iterator[LoginFiles]:
    """The key (mode 0600) and known_hosts in a folder of their own (0700), removed at the end."""
    with tempfile.TemporaryDirectory(prefix="vps-ops-", dir=memory_folder()) as name:
        files = LoginFiles(key=Path(name, "key"), known_hosts=Path(name, "known_hosts"))
        # ssh reads no key whose last line has no end.
        _write(files.key, login.private_key.get_secret_value().strip() + "\n")
        _write(files.known_hosts, f"{ALIAS} {bare_key(login.host_key)}\n")
        yield files


def memory_folder(environ: Mapping[str, str] = os.environ) -> str | None:
    """A folder that is never written to a disk; None (the usual /tmp) where there is none."""
    for folder in (environ.get("XDG_RUNTIME_DIR", ""), _SHARED_MEMORY):
        # After `su` or `sudo` the variable may name another user's.
        if Path(folder).is_absolute() and os.access(folder, os.W_OK | os.X_OK):
            return folder
    return None


def ssh_command(
    login: Login,
    files: LoginFiles,
    command: Sequence[str],
    *,
    terminal: bool,
    connect_timeout: int = 10,
) -> list[str]:
    """The argument list of ssh. It holds no secret, only where the files are.

    Args:
        login: Where to, and as whom.
        files: The key and the pinned host key.
        command: What to run there, as ssh takes it: its words are joined by spaces and read by
            the shell there. Empty for a shell.
        terminal: Whether a person is at a terminal: the command then gets one, too, so that
            Ctrl-C ends it there and not only here.
        connect_timeout: Seconds until the connection must stand.
    """
    options = {
        "UserKnownHostsFile": str(files.known_hosts),
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "HostKeyAlias": ALIAS,
        "HostKeyAlgorithms": "ssh-ed25519",
        "CheckHostIP": "no",
        "UpdateHostKeys": "no",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "PreferredAuthentications": "publickey",
        "ConnectTimeout": str(connect_timeout),
        "ServerAliveInterval": "15",
    }
    # The user's own ssh configuration stays out: a proxy or another key of theirs would surprise.
    argv = ["ssh", "-F", "/dev/null", "-i", str(files.key)]
    for name, value in options.items():
        argv += ["-o", f"{name}={value}"]
    if terminal and command:
        argv.append("-t")
    return [*argv, "-p", str(login.port), "-l", login.user, "--", login.address, *command]


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
