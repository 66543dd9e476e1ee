"""The parts of a configuration that are valid by themselves, for the rules that span them."""

from collections.abc import Mapping
from dataclasses import dataclass

from settings.sections import EdgeSettings, LoadBalancerSettings, Service, TunnelSettings
from settings.server import ServerSettings
from settings.watching import WatchSettings

Conflict = tuple[str, str]
"""The path below the project's namespace, and what is wrong with a remedy."""


@dataclass(frozen=True, kw_only=True)
class Partial:
    """The settings that are valid by themselves; services by their index."""

    server: ServerSettings | None
    services: Mapping[int, Service]
    edge: EdgeSettings | None
    tunnel: TunnelSettings | None
    load_balancer: LoadBalancerSettings | None
    watch: WatchSettings | None = None
