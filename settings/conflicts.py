"""Rules that span settings; each names the later of the places that clash."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from settings.sections import EdgeSettings, LoadBalancerSettings, Service
from settings.server import ExistingServer, HcloudServer
from settings.values import split_host_port

Conflict = tuple[str, str]
"""The path below the project's namespace, and what is wrong with a remedy."""


@dataclass(frozen=True, kw_only=True)
class Partial:
    """The settings that are valid by themselves; services by their index."""

    server: HcloudServer | ExistingServer | None
    services: Mapping[int, Service]
    edge: EdgeSettings | None
    load_balancer: LoadBalancerSettings | None


def find_conflicts(partial: Partial) -> list[Conflict]:
    """Every rule that is broken, in the services' order."""
    return [
        *_duplicates(partial.services),
        *_outside_zone(partial),
        *_equal_paths(partial.services),
        *_upstreams(partial),
        *_sshd_port(partial),
    ]


def _duplicates(services: Mapping[int, Service]) -> Iterator[Conflict]:
    for field in ("name", "hostname", "port"):
        first: dict[object, int] = {}
        for index, service in services.items():
            value = getattr(service, field)
            if value in first:
                yield (
                    f"services[{index}].{field}",
                    (
                        f'"{value}" is already the {field} of services[{first[value]}];'
                        " every service needs its own"
                    ),
                )
            first.setdefault(value, index)


def _outside_zone(partial: Partial) -> Iterator[Conflict]:
    if partial.edge is None:
        return
    zone = partial.edge.zone
    for index, service in partial.services.items():
        if service.hostname != zone and not service.hostname.endswith(f".{zone}"):
            yield (
                f"services[{index}].hostname",
                (
                    f'"{service.hostname}" is not in the zone {zone};'
                    f" use for example {service.name}.{zone}, or change edge.zone"
                ),
            )


def _equal_paths(services: Mapping[int, Service]) -> Iterator[Conflict]:
    for index, service in services.items():
        seen: dict[str, str] = {}
        for field in ("stream_path", "health_path", "metrics_path"):
            path = getattr(service, field)
            if path in seen:
                yield (
                    f"services[{index}].{field}",
                    f'"{path}" is already its {seen[path]}; use another path',
                )
            seen.setdefault(path, field)


def _upstreams(partial: Partial) -> Iterator[Conflict]:
    balancer = partial.load_balancer
    for index, service in partial.services.items():
        path = f"services[{index}].upstreams"
        if balancer and not balancer.enabled and len(service.upstreams) > 1:
            yield (
                path,
                (
                    f"{len(service.upstreams)} upstreams need the load balancer;"
                    " set load_balancer.enabled to true, or keep one"
                ),
            )
        for position, upstream in enumerate(service.upstreams):
            if upstream in service.upstreams[:position]:
                yield f"{path}[{position}]", f'"{upstream}" is listed twice; remove one'
            if balancer and balancer.enabled and _on_this_host(upstream, balancer.port):
                yield (
                    f"{path}[{position}]",
                    (
                        f'"{upstream}" is the load balancer\'s own port;'
                        " change load_balancer.port or the service's"
                    ),
                )


def _on_this_host(upstream: str, port: int) -> bool:
    host, upstream_port = split_host_port(upstream)
    if upstream_port != port:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sshd_port(partial: Partial) -> Iterator[Conflict]:
    if not isinstance(partial.server, ExistingServer):
        return
    for index, service in partial.services.items():
        if service.port == partial.server.port:
            yield (
                f"services[{index}].port",
                f"{service.port} is the port of the VPS' sshd (server.port); use another",
            )
