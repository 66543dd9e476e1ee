"""`bin/ops ports`: what listens where, and whether it should."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Literal

from ops.health.facts import Facts, HostFacts, Listener, Seen
from ops.operations import Operations

Judgement = Literal["expected", "private", "unexpected", "missing"]
LOOPBACK = ("127.", "::1")
IPV6 = 6
DHCP = {68: "its address, by DHCP", 546: "its address, by DHCP"}
"""UDP ports of a machine that asks for its address; every firewall here lets the answers in."""


@dataclass(frozen=True, kw_only=True)
class Port:
    """One port of one host.

    Attributes:
        judgement: expected: this stack's; private: another's, reached from that host alone;
            unexpected: another's, reached from outside; missing: should be there.
    """

    host: str
    protocol: str
    address: str
    port: int
    program: str
    judgement: Judgement
    purpose: str = ""


def judge_ports(facts: Facts) -> list[Port]:
    """Both hosts' ports; one that tells nothing has none."""
    operations = facts.operations
    wanted = {
        "VPS": (facts.vps, expected_on_vps(operations)),
        "WSL host": (facts.wsl, expected_on_wsl(operations)),
    }
    return [
        port
        for host, (seen, expected) in wanted.items()
        if isinstance(seen, Seen)
        for port in _judge(host, seen.facts, expected)
    ]


def expected_on_vps(operations: Operations) -> dict[int, str]:
    """What shall listen there, by port."""
    web = {port: "visitors" for port in operations.answers.ports if _served(operations, port)}
    inside = {service.port: f"nginx's way to {service.name}" for service in operations.services}
    metrics = dict.fromkeys(operations.metrics_ports, "the watcher's figures for Prometheus")
    return {operations.ssh_port: "sshd: the tunnel and you", **web, **inside, **metrics}


def _served(operations: Operations, port: int) -> bool:
    return port == 80 or operations.answers.certificate != "none"  # noqa: PLR2004 - HTTP's own


def expected_on_wsl(operations: Operations) -> dict[int, str]:
    """What shall listen here, by port; a service of another machine is not ours to look for."""
    found = {}
    for service in operations.services:
        for upstream in service.upstreams:
            host, _, port = upstream.rpartition(":")
            if host == "localhost" or host.startswith(LOOPBACK):
                found[int(port)] = f"the service {service.name}"
        if service.balancer_port is not None:
            found[service.balancer_port] = f"the load balancer's way to {service.name}"
    if operations.balancer_port is not None:
        found[operations.balancer_port] = "the load balancer, by host name"
    return found


def _judge(host: str, facts: HostFacts, expected: Mapping[int, str]) -> list[Port]:
    if facts.listeners is None:  # it could not be asked
        return []
    found: dict[tuple[str, int, str], Port] = {}
    for one in facts.listeners:
        purpose = (expected if one.protocol == "tcp" else DHCP).get(one.port, "")
        judgement: Judgement = (
            "expected" if purpose else "private" if _private(one) else "unexpected"
        )
        port = Port(
            host=host,
            protocol=one.protocol,
            address=one.address,
            port=one.port,
            program=one.program,
            judgement=judgement,
            purpose=purpose,
        )
        # IPv4 and IPv6 of the same are one line.
        found.setdefault((one.protocol, one.port, judgement + str(_private(one))), port)
    return sorted(found.values(), key=lambda port: port.port) + _missing(
        host, {one.port for one in facts.listeners}, expected
    )


def _missing(host: str, there: Iterable[int], expected: Mapping[int, str]) -> list[Port]:
    return [
        Port(
            host=host,
            protocol="tcp",
            address="",
            port=port,
            program="",
            judgement="missing",
            purpose=purpose,
        )
        for port, purpose in expected.items()
        if port not in set(there)
    ]


def _private(one: Listener) -> bool:
    """Whether the host alone, or its own link, reaches it."""
    try:
        address = ip_address(one.address.partition("%")[0])
    except ValueError:  # "*"
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:  # how ss writes Java's
        address = address.ipv4_mapped
    return address.is_loopback or (address.version == IPV6 and address.is_link_local)
