"""Rules of a firewall group: what the API accepts, and what they mean for a machine."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from lab.clouds.vultr.errors import invalid
from lab.clouds.vultr.store import Record
from lab.clouds.vultr.validation import number, text
from lab.machines import FirewallRule

PROTOCOLS = ("icmp", "tcp", "udp", "gre", "esp", "ah")
WITH_PORTS = ("tcp", "udp")
IP_TYPES = {"v4": 4, "v6": 6}
SOURCES = ("", "cloudflare")
LAST_PORT = 65535
MAX_RULES = 50


def rule_of(body: Mapping[str, Any]) -> Record:
    """A rule without its id, from the body of a request; one subnet, or a named source."""
    ip_type = text(body, "ip_type", required=True)
    protocol = text(body, "protocol", required=True).lower()
    source, port = text(body, "source"), text(body, "port")
    if ip_type not in IP_TYPES:
        raise invalid("Invalid ip_type: expected v4 or v6")
    if protocol not in PROTOCOLS:
        raise invalid(f"Invalid protocol: expected one of {', '.join(PROTOCOLS)}")
    if source not in SOURCES:
        raise invalid("Invalid source: expected an empty string or cloudflare")
    if protocol in WITH_PORTS and ports_of(port) is None:
        raise invalid("Invalid port: expected a port, or a range such as 8000:9000")
    if protocol not in WITH_PORTS and port:
        raise invalid(f"Invalid port: {protocol} has no ports")
    subnet, size = "", 0
    if not source:
        subnet, size = _subnet(body, IP_TYPES[ip_type])
    return {
        "type": ip_type,
        "ip_type": ip_type,
        "action": "accept",
        "protocol": protocol,
        "port": port,
        "subnet": subnet,
        "subnet_size": size,
        "source": source,
        "notes": text(body, "notes"),
    }


def _subnet(body: Mapping[str, Any], version: int) -> tuple[str, int]:
    """The network's own address and its size; host bits are cut off."""
    address = text(body, "subnet", required=True)
    if "subnet_size" not in body:
        raise invalid("subnet_size is required")
    size = number(body, "subnet_size")
    try:
        network = ip_network(f"{address}/{size}", strict=False)
    except ValueError:
        raise invalid("Invalid subnet") from None
    if network.version != version or "/" in address:
        raise invalid("Invalid subnet: it is not of this ip_type")
    return str(network.network_address), size


def ports_of(port: str) -> tuple[int, int] | None:
    """First and last port of "80" or "8000:9000"; None for anything else."""
    first, colon, last = port.partition(":")
    if not first.isdigit() or (colon and not last.isdigit()):
        return None
    ports = int(first), int(last or first)
    return ports if 1 <= ports[0] <= ports[1] <= LAST_PORT else None


def inbound(rules: Sequence[Record], cloudflare: Sequence[str]) -> list[FirewallRule]:
    """What may come in to a machine of a group with these rules; without any, nothing."""
    found = []
    for rule in rules:
        version = IP_TYPES[rule["ip_type"]]
        sources = (
            tuple(cidr for cidr in cloudflare if ip_network(cidr).version == version)
            if rule["source"]
            else (f"{rule['subnet']}/{rule['subnet_size']}",)
        )
        ports = ports_of(rule["port"]) if rule["protocol"] in WITH_PORTS else None
        found.append(FirewallRule(protocol=rule["protocol"], ports=ports, sources=sources))
    return found
