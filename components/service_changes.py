"""What an edit of the services opens to everybody: announced."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from settings import Service


def announce_opened(services: Sequence[Service], recorded: Mapping[str, Any]) -> None:
    """Say in preview which service asks for no key any more; the diff shows a file's hash.

    Args:
        services: As they are wanted.
        recorded: The outputs of the stack's last run.
    """
    before = (recorded.get("operations") or {}).get("services") or []
    keyed = {each[key] for each in before if each.get("keyed") for key in ("name", "hostname")}
    opened = [
        service.name
        for service in services
        if not service.api_keys and keyed & {service.name, service.hostname}
    ]
    if opened:
        pulumi.log.warn(
            f"the last run had the visitors of {', '.join(opened)} show an API key, and this one "
            "opens the stream to everybody. To keep it closed, set a key: services[].api_keys"
        )
