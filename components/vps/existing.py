"""A VPS the user has: nothing is rented, and only files are added to it."""

from pathlib import Path

import pulumi

from components.host import Host, Identity
from components.naming import label_machine
from settings import ExistingServer


def adopt_existing(spec: ExistingServer, *, takes_over: bool) -> Host:
    """The machine at `server.address`, logged in to with the user's own key.

    Args:
        spec: Its settings.
        takes_over: Whether another machine did its work until this run.
    """
    return Host(
        address=spec.address,
        address6=spec.address6,
        user=spec.user,
        port=spec.port,
        host_key=spec.host_key,
        identity=Identity(
            public_key="", private_key=pulumi.Output.secret(_read_key(spec.key_file))
        ),
        machine_id=spec.host_key,
        # As it is typed: it is part of every step's input, and with this machine's home folder in
        # it a preview elsewhere would show every step as changed.
        key_file=spec.key_file,
        label=label_machine(spec.host_key),
        takes_over=takes_over,
    )


def _read_key(key_file: str) -> str:
    """The private key; "" where it cannot be read.

    The WSL host's preflight has refused that already. Elsewhere (CI that previews) no connection
    is made either.
    """
    try:
        return Path(key_file).expanduser().read_text(encoding="utf-8", errors="replace")
    # RuntimeError: a machine where nobody knows this login's home folder.
    except (OSError, RuntimeError):
        return ""
