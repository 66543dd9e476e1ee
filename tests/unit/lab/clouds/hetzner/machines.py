"""Machines of a process's memory, for tests of what rents them."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from lab.machines import FirewallRule, OutboundRule


@dataclass
class Machine:
    """What a test can see of one machine."""

    image: str
    address: str | None
    address6: str | None
    hostname: str
    user_data: str
    running: bool = True
    rules: Sequence[FirewallRule] | None = None
    outbound: Sequence[OutboundRule] | None = None
    calls: list[str] = field(default_factory=list)


class FakeMachines:
    """Does at once what the lab's machines do in seconds; `broken` makes the next boot fail."""

    def __init__(self) -> None:
        self.all: dict[str, Machine] = {}
        self.threads: set[int] = set()
        self.broken = ""

    def create(
        self,
        name: str,
        *,
        image: str,
        address: str | None,
        address6: str | None,
        hostname: str,
        user_data: str,
    ) -> None:
        self.threads.add(threading.get_ident())
        if self.broken:
            raise RuntimeError(self.broken)
        self.all[name] = Machine(
            image=image,
            address=address,
            address6=address6,
            hostname=hostname,
            user_data=user_data,
        )

    def start(self, name: str) -> None:
        self.all[name].calls.append("start")
        self.all[name].running = True

    def shut_down(self, name: str) -> None:
        self.all[name].calls.append("shut_down")
        self.all[name].running = False

    def power_off(self, name: str) -> None:
        self.all[name].calls.append("power_off")
        self.all[name].running = False

    def reboot(self, name: str) -> None:
        self.all[name].calls.append("reboot")

    def rebuild(self, name: str, *, image: str) -> None:
        self.all[name].calls.append("rebuild")
        self.all[name].image = image
        self.all[name].running = True

    def delete(self, name: str) -> None:
        self.all.pop(name, None)

    def set_firewall(
        self,
        name: str,
        rules: Sequence[FirewallRule] | None,
        *,
        outbound: Sequence[OutboundRule] | None = None,
    ) -> None:
        self.all[name].rules = rules
        self.all[name].outbound = outbound

    def running(self, name: str) -> bool:
        return name in self.all and self.all[name].running
