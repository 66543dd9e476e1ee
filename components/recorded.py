"""What the last run of this stack recorded: its outputs, read back from the stack's own state."""

import time
from collections.abc import Mapping
from typing import Any

import pulumi

from components.naming import StackName
from settings import ExistingServer, ServerSettings

READ_DEADLINE = 10.0  # seconds


def read_outputs(stack: StackName) -> Mapping[str, Any]:
    """The outputs of the last finished run; empty before the first."""
    name = f"{pulumi.get_organization()}/{stack.project}/{stack.stack}"
    deadline = time.monotonic() + READ_DEADLINE
    while True:
        try:
            result = pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": name})
        except Exception:
            # A state kept in files is not replaced in one piece: the engine, which saves it at
            # the start of an update, may have emptied the file a moment ago.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            outputs: Mapping[str, Any] = (result.value or {}).get("outputs") or {}
            return outputs


def describe_server(server: ServerSettings, region: str) -> dict[str, str]:
    """What identifies the rented or adopted machine, as the output `server` records it.

    Args:
        server: Its settings.
        region: Where it is rented; "" for a machine the user has.
    """
    if isinstance(server, ExistingServer):
        return {"provider": server.provider, "address": server.address}
    return {
        "provider": server.provider,
        "region": region,
        "size": server.size,
        "image": server.image,
        "admin": server.admin,
    }
