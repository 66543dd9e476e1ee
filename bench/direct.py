"""The direct path: the VPS's nginx asks a port that the home router forwards to the WSL host.

A home behind NAT has no such port: the bench makes it in its own lab and removes it again.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.bed import SERVICE_PORT
from bench.home import home_address
from lab import net, world
from lab.namespaces import enter, load_nftables, namespace, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.bed import Bed

NAME = "direct.bench"
PORT = 18003
_COMMENT = "bin/bench"

_FORWARD = f"""\
table inet bench {{
  chain prerouting {{
    type nat hook prerouting priority dstnat;
    iifname "line" tcp dport {PORT} dnat ip to {world.WSL.address}:{SERVICE_PORT}
  }}
}}
add rule inet home forward iifname "line" oifname "lan" ct status dnat accept comment "{_COMMENT}"
"""


def upstream(bed: Bed) -> str:
    """Where nginx finds the service without a tunnel."""
    return f"{home_address(bed)}:{PORT}"


@contextmanager
def direct_path(bed: Bed) -> Iterator[None]:
    """The home router forwards the port while this lasts."""
    home = namespace(bed.lab, net.HOME)
    _remove(home)
    load_nftables(home, _FORWARD)
    try:
        yield
    finally:
        _remove(home)


def _remove(home: str) -> None:
    listed = run([*enter(home), "nft", "--json", "list", "chain", "inet", "home", "forward"])
    rules = [item["rule"] for item in json.loads(listed)["nftables"] if "rule" in item]
    for rule in rules:
        if rule.get("comment") == _COMMENT:
            load_nftables(home, f"delete rule inet home forward handle {rule['handle']}\n")
    load_nftables(home, "table inet bench\ndelete table inet bench\n")
