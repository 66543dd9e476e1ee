"""Ports that clash: the services', the load balancer's, the watcher's, and the VPS's sshd's."""

import ipaddress
from collections.abc import Iterator

from settings.network import split_host_port
from settings.partial import Conflict, Partial


def find_port_conflicts(partial: Partial) -> Iterator[Conflict]:
    """Every port that two things of one machine would listen on."""
    yield from _load_balancer_ports(partial)
    yield from _sshd_port(partial)
    yield from _figures_port(partial)


def _load_balancer_ports(partial: Partial) -> Iterator[Conflict]:
    """The load balancer listens on its own port and on one of loopback for each service."""
    balancer = partial.load_balancer
    if balancer is None or not balancer.enabled:
        return
    taken = {balancer.port: "load_balancer.port"}
    for index, service in partial.services.items():
        port = service.balancer_port
        if port in taken:
            yield (
                f"services[{index}].port",
                (
                    f"{service.port} makes the load balancer listen on {port},"
                    f" as {taken[port]} does; use another"
                ),
            )
        taken.setdefault(port, f"services[{index}].port")
    for index, service in partial.services.items():
        for position, upstream in enumerate(service.upstreams):
            host, port = split_host_port(upstream)
            if port in taken and _loopback(host):
                yield (
                    f"services[{index}].upstreams[{position}]",
                    (
                        f'"{upstream}" is where the load balancer itself listens '
                        f"(from {taken[port]}); change one of them"
                    ),
                )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sshd_port(partial: Partial) -> Iterator[Conflict]:
    if partial.server is None:
        return
    sshd_port = partial.server.ssh_port
    for index, service in partial.services.items():
        if service.port == sshd_port:
            yield (
                f"services[{index}].port",
                f"{service.port} is the port of the VPS's sshd (server.port); use another",
            )
    if sshd_port in _figures(partial):
        yield _figures_at(sshd_port, "the port of the VPS's sshd (server.port)")


def _figures_port(partial: Partial) -> Iterator[Conflict]:
    for index, service in partial.services.items():
        if service.port in _figures(partial):
            yield _figures_at(service.port, f"already the port of services[{index}]")


def _figures_at(port: int, whose: str) -> Conflict:
    return (
        "watch.metrics_port",
        (f"{port} is {whose}; the metrics use this port and the next one: choose another"),
    )


def _figures(partial: Partial) -> tuple[int, ...]:
    """The ports of the watcher's figures, where they are known."""
    if partial.watch is None or not partial.watch.enabled or 0 not in partial.services:
        return ()
    return partial.watch.ports(partial.services[0].port)
