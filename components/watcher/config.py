"""What the watcher is told, as the step `watcher.sh` puts it beside the program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Target:
    """One service, as the canary asks for it.

    Attributes:
        name: Of the service.
        url: Of its stream: ws:// or wss://, through the public name.
        headers: Sent with the upgrade; may hold a key.
        send: A text message that the service answers; "" asks for ping and pong alone.
        expect: What its answer contains.
    """

    name: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    send: str
    expect: str


@dataclass(frozen=True)
class Config:
    """What to watch.

    Attributes:
        stack: "project/stack".
        interval: Seconds between two rounds of the canary.
        targets: The services.
        tunnel_folder: Where the tunnel's sockets are; a link per connection that answers.
        connections: How many connections the tunnel holds.
        account: Of the tunnel.
        tls_name: The name to ask port 443 of this machine for; "" where it serves none.
        status_url: nginx's stub_status.
        patience: Seconds a fault must last before it is told.
        quiet: Seconds without any sign of the WSL host before it is told.
        certificate_days: Fewer days left of a certificate that the edge shows are told.
        vps_certificate_days: The same of the one that this machine shows.
        renewed_by_up: Whether `pulumi up` renews that one; else it is renewed without anybody.
        webhook: Where alerts go as JSON; "" for nowhere. Secret.
        ntfy: The ntfy topic's address that alerts go to; "" for nowhere. Secret.
    """

    stack: str
    interval: float
    targets: tuple[Target, ...]
    tunnel_folder: str
    connections: int
    account: str
    tls_name: str
    status_url: str
    patience: float
    quiet: float
    certificate_days: float
    vps_certificate_days: float
    renewed_by_up: bool
    webhook: str
    ntfy: str


def load(path: Path) -> Config:
    """Read a configuration.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not one; the words do not show its values.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        targets = tuple(Target(**target) for target in raw.pop("targets"))
        return Config(targets=targets, **raw)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError(f"{path} is not a configuration of the watcher") from None
