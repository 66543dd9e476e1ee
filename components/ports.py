"""Which ports of the VPS are open, and to whom: at every provider's firewall and the host's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from components.modes import Mode

EVERYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, kw_only=True)
class OpenPort:
    """One TCP port that the firewall lets in; it drops everything else that comes in.

    Attributes:
        port: Its number.
        sources: CIDRs it is open to, IPv4 and IPv6; never empty.
        name: A word for rules that need one: "ssh", "http", "https", "metrics".
    """

    port: int
    sources: tuple[str, ...]
    name: str

    @property
    def everywhere(self) -> bool:
        """Whether it is open to all."""
        return self.sources == EVERYWHERE

    @property
    def sources4(self) -> tuple[str, ...]:
        """The IPv4 ones, for providers that keep the two apart."""
        return tuple(source for source in self.sources if ":" not in source)

    @property
    def sources6(self) -> tuple[str, ...]:
        """The IPv6 ones, for the same providers."""
        return tuple(source for source in self.sources if ":" in source)


def open_ports(
    mode: Mode,
    edge_ranges: Sequence[str],
    *,
    ssh_port: int,
    ssh_allow: Sequence[str] = (),
) -> tuple[OpenPort, ...]:
    """What a mode needs: ssh, and the web from everywhere or from the edge alone.

    Args:
        mode: How the public names are answered.
        edge_ranges: CIDRs from which the edge speaks to the VPS; used in the proxied modes.
        ssh_port: Where sshd listens.
        ssh_allow: CIDRs from which ssh is open; none for everywhere.

    Raises:
        ValueError: The mode is proxied and there are no ranges: nothing would get in.
    """
    if mode.proxied and not edge_ranges:
        raise ValueError("a proxied mode needs the edge's address ranges; got none")
    web = tuple(edge_ranges) if mode.proxied else EVERYWHERE
    names = {80: "http", 443: "https"}
    return (
        OpenPort(port=ssh_port, sources=without_overlaps(ssh_allow) or EVERYWHERE, name="ssh"),
        *(OpenPort(port=port, sources=web, name=names[port]) for port in mode.ports),
    )


def own_ports(settings: Mapping[int, str]) -> str:
    """What `nginx.sh` takes: ports that one stack alone can have, each with its setting."""
    return " ".join(f"{port}={setting}" for port, setting in settings.items())


def without_overlaps(ranges: Sequence[str]) -> tuple[str, ...]:
    """The same addresses in the fewest CIDRs: nftables refuses sets that overlap."""
    networks = [ip_network(one) for one in ranges]
    fewest = [
        *collapse_addresses(one for one in networks if isinstance(one, IPv4Network)),
        *collapse_addresses(one for one in networks if isinstance(one, IPv6Network)),
    ]
    return tuple(map(str, fewest))
