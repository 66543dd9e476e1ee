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
    key_file = Path(spec.key_file).expanduser()
    # Where the file is not (CI that previews) no connection is made either.
    private_key = key_file.read_text(encoding="utf-8") if key_file.is_file() else ""
    return Host(
        address=spec.address,
        address6=spec.address6,
        user=spec.user,
        port=spec.port,
        host_key=spec.host_key,
        identity=Identity(public_key="", private_key=pulumi.Output.secret(private_key)),
        machine_id=spec.host_key,
        key_file=str(key_file),
        label=label_machine(spec.host_key),
        takes_over=takes_over,
    )
