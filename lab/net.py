"""The lab's wires: a core router, a home router with NAT, one point-to-point link for each host.

Every host hangs on its router by a link of its own with /32 and /128 routes, so all traffic is
routed and the core router's nftables sees it. Nothing is added to the machine's own namespace and
no route leads out: a namespace's only links end in other namespaces of the same lab.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab import namespaces, world
from lab.namespaces import ip_batch, load_nftables, namespace, set_sysctls

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Address, IPv6Interface

CORE, HOME = "core", "home"
MTU = 1500
INTERFACE_MAX = 15  # characters, Linux' limit

# DAD would keep an IPv6 address unusable for its first second; every link has two ends only.
_COMMON: dict[str, int | str] = {
    "ipv6/conf/all/accept_dad": 0,
    "ipv6/conf/default/accept_dad": 0,
    "ipv6/conf/default/accept_ra": 0,
    "ipv4/ping_group_range": '"0 2147483647"',  # as systemd sets it: ping without privileges
}
_ROUTER: dict[str, int | str] = {
    **_COMMON,
    "ipv4/ip_forward": 1,
    "ipv6/conf/all/forwarding": 1,
    # A sender's address must be the one routed to its link, as every provider enforces.
    "ipv4/conf/all/rp_filter": 1,
    "ipv4/conf/default/rp_filter": 1,
}

# A home router as people have it: what goes out is masqueraded, nothing comes in unasked.
_HOME_RULES = """\
table inet home {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iifname { "lo", "lan" } accept
  }
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" oifname "line" accept
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    oifname "line" masquerade
  }
}
"""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A host's own link: its name in the lab, its addresses, the router it hangs on."""

    name: str
    address: IPv4Address | None
    address6: IPv6Interface | None
    router: str = CORE

    @property
    def interface(self) -> str:
        """The router's end of the link."""
        return "lan" if self.router == HOME else interface_for(self.name)


def interface_for(name: str) -> str:
    """The core router's interface towards a host: its name, shortened when Linux refuses it."""
    if len(name) <= INTERFACE_MAX:
        return name
    return "v-" + hashlib.sha256(name.encode()).hexdigest()[: INTERFACE_MAX - 2]


def attachment(place: world.Place) -> Attachment:
    """The link of one of the lab's fixed hosts."""
    router = HOME if place.behind_nat else CORE
    return Attachment(
        name=place.name, address=place.address, address6=place.address6, router=router
    )


def build(lab: str) -> None:
    """Make the routers, their lines and the fixed hosts' namespaces.

    Needs that nothing of the lab exists. The lines carry nothing until `links.start`.
    """
    core, home, client = (namespace(lab, name) for name in (CORE, HOME, world.CLIENT.name))
    namespaces.add([core, home, client])
    for router in (core, home):
        set_sysctls(router, _ROUTER)
    set_sysctls(client, _COMMON)
    load_nftables(home, _HOME_RULES)
    loopback = [f"address add {world.CORE_ADDRESS}/32 dev lo", "link set lo up"]
    ip_batch(
        [
            *loopback,
            f"address add {world.GATEWAY}/32 dev lo scope link",
            *_tun("line-home"),
            *_tun("line-client"),
            f"route add {world.HOME_ADDRESS}/32 dev line-home",
            *_routes_to(attachment(world.CLIENT), "line-client"),
        ],
        inside=core,
    )
    ip_batch(
        [
            "link set lo up",
            *_tun("line"),
            f"address add {world.GATEWAY}/32 dev lo scope link",
            f"address add {world.HOME_ADDRESS}/32 dev line",
            "route add default dev line",
        ],
        inside=home,
    )
    ip_batch(["link set lo up", *_tun("eth0"), *_inside(world.CLIENT)], inside=client)
    for place in world.FIXED:
        if place is not world.CLIENT:
            attach(lab, attachment(place))


def attach(lab: str, link: Attachment) -> None:
    """Make a host's namespace and its link to the router."""
    host, router = namespace(lab, link.name), namespace(lab, link.router)
    namespaces.add([host])
    set_sysctls(host, _COMMON)
    near = link.interface
    ip_batch(
        [
            f"link add {near} mtu {MTU} type veth peer name eth0 mtu {MTU} netns {host}",
            f"address add {world.GATEWAY6}/64 dev {near} nodad",
            f"link set {near} up",
            *_routes_to(link, near),
        ],
        inside=router,
    )
    ip_batch(["link set lo up", "link set eth0 up", *_inside(link)], inside=host)


def detach(lab: str, link: Attachment) -> None:
    """Remove a host's link and namespace; a missing one is no error."""
    router = namespace(lab, link.router)
    # The router's end goes first and at once; the kernel clears a namespace up some time later.
    if (namespaces.RUN_NETNS / router).exists():
        near = link.interface
        listed = namespaces.run(["ip", "-n", router, "-brief", "link", "show", "type", "veth"])
        if any(line.split("@")[0] == near for line in listed.splitlines()):
            ip_batch([f"link del {near}"], inside=router)
    namespaces.delete([namespace(lab, link.name)])


def reset(lab: str, link: Attachment) -> None:
    """Give a rebooting host the network state of a machine just switched on.

    Rules, addresses and kernel parameters that it had set do not survive, as on a real one.
    """
    if link.name == world.CLIENT.name:  # its link's other end is held by a `link` process
        load_nftables(namespace(lab, link.name), "flush ruleset\n")
        return
    detach(lab, link)
    attach(lab, link)


def destroy(lab: str) -> None:
    """Remove everything `build` and `attach` made; fine when there is nothing."""
    namespaces.delete(namespaces.of_lab(lab))


def _tun(device: str) -> list[str]:
    return [
        f"tuntap add mode tun name {device}",
        f"link set {device} mtu {MTU} txqueuelen 10000 up",
    ]


def _inside(link: Attachment | world.Place) -> Iterable[str]:
    """Addresses and default routes of a host."""
    if link.address is not None:
        yield f"address add {link.address}/32 dev eth0"
        yield f"route add default via {world.GATEWAY} dev eth0 onlink"
    if link.address6 is not None:
        yield f"address add {link.address6} dev eth0 nodad"
        yield f"route add default via {world.GATEWAY6} dev eth0"


def _routes_to(link: Attachment, device: str) -> Iterable[str]:
    """The router's routes to a host."""
    if link.address is not None:
        yield f"route add {link.address}/32 dev {device}"
    if link.address6 is not None:
        yield f"route add {link.address6.network} dev {device}"
