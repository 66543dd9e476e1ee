"""What a cloud's API may ask of the lab: real machines to rent, and a firewall before each."""

from __future__ import annotations

import json
import re
import signal
import threading
import uuid
from collections import defaultdict
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Interface
from typing import TYPE_CHECKING, Protocol

from lab import hosts, net
from lab.firewall import FirewallRule, OutboundRule, ruleset
from lab.hostspec import HostFile, HostSpec
from lab.hoststate import spec_of
from lab.images import ensure_root
from lab.namespaces import load_nftables, namespace

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FirewallRule", "LabMachines", "Machines", "OutboundRule"]

_NAME = re.compile(r"[a-z0-9-]{1,40}")
_SEED = "/var/lib/cloud/seed/nocloud"
_PREFIX6 = 64  # what every provider routes to one machine
_REBOOT = signal.SIGRTMIN + 5  # systemd's word for a clean reboot


class Machines(Protocol):
    """Rented machines by their names; blocking calls, safe from several threads.

    Names are unique in a lab, [a-z0-9-]{1,40}, e.g. "hetzner-1001". What is asked of a machine
    that does not exist raises HostError, except `delete` and `running`.
    """

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
        """Switch on a new machine; returns before it has booted. Its cloud-init gets `user_data`.

        `address6` may carry a prefix length; without one the machine's network is its /64.
        """

    def start(self, name: str) -> None:
        """Switch on."""

    def shut_down(self, name: str) -> None:
        """Press the power button: a clean shutdown, waited for."""

    def power_off(self, name: str) -> None:
        """Pull the plug."""

    def reboot(self, name: str) -> None:
        """Ask for a clean reboot; returns at once."""

    def rebuild(self, name: str, *, image: str) -> None:
        """The same machine and user data on a fresh disk."""

    def delete(self, name: str) -> None:
        """Stop and remove it with its firewall; fine when there is none."""

    def set_firewall(
        self,
        name: str,
        rules: Sequence[FirewallRule] | None,
        *,
        outbound: Sequence[OutboundRule] | None = None,
    ) -> None:
        """None = no firewall; else nothing comes in but answers and what the rules name.

        `outbound` is the same for what the machine opens itself.
        """

    def running(self, name: str) -> bool:
        """Whether it has power."""


class LabMachines:
    """The machines of a lab that is up: hosts with role `vps` on the core router."""

    def __init__(self, lab: str) -> None:
        self._lab = lab
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)

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
        """See Machines."""
        if not _NAME.fullmatch(name):
            raise hosts.HostError(f"machine name {name!r}: use 1 to 40 of a-z, 0-9 and -")
        spec = HostSpec(
            name=name,
            role="vps",
            lowers=(ensure_root(image),),
            address=None if address is None else IPv4Address(address),
            address6=None if address6 is None else _interface6(address6),
            hostname=hostname,
            files=_seed(name, hostname, user_data),
        )
        with self._locks[name]:
            if name in hosts.names(self._lab):
                raise hosts.HostError(f"lab {self._lab} has a host {name} already")
            net.attach(self._lab, spec.attachment)
            hosts.boot(self._lab, spec)

    def start(self, name: str) -> None:
        """See Machines."""
        with self._locks[name]:
            hosts.start(self._lab, name)

    def shut_down(self, name: str) -> None:
        """See Machines."""
        with self._locks[name]:
            spec_of(self._lab, name)
            hosts.stop(self._lab, name)

    def power_off(self, name: str) -> None:
        """See Machines."""
        with self._locks[name]:
            spec_of(self._lab, name)
            hosts.kill(self._lab, name)

    def reboot(self, name: str) -> None:
        """See Machines."""
        with self._locks[name]:
            if hosts.running(self._lab, name):
                hosts.leader(self._lab, name).send(_REBOOT)
            else:
                hosts.start(self._lab, name)

    def rebuild(self, name: str, *, image: str) -> None:
        """See Machines."""
        root = ensure_root(image)
        with self._locks[name]:
            old = spec_of(self._lab, name)
            hosts.kill(self._lab, name)
            hosts.wipe(self._lab, name)
            user_data = old.files[f"{_SEED}/user-data"].text
            files = _seed(name, old.hostname, user_data)
            spec = replace(old, lowers=(root,), files=files, machine_id=uuid.uuid4().hex)
            net.reset(self._lab, spec.attachment)
            hosts.boot(self._lab, spec)

    def delete(self, name: str) -> None:
        """See Machines."""
        with self._locks[name]:
            hosts.delete(self._lab, name)
            self.set_firewall(name, None)

    def set_firewall(
        self,
        name: str,
        rules: Sequence[FirewallRule] | None,
        *,
        outbound: Sequence[OutboundRule] | None = None,
    ) -> None:
        """See Machines."""
        load_nftables(namespace(self._lab, net.CORE), ruleset(name, rules, outbound))

    def running(self, name: str) -> bool:
        """See Machines."""
        return hosts.running(self._lab, name)


def _interface6(address: str) -> IPv6Interface:
    return IPv6Interface(address if "/" in address else f"{address}/{_PREFIX6}")


def _seed(name: str, hostname: str, user_data: str) -> dict[str, HostFile]:
    """The NoCloud seed; a new instance-id makes cloud-init treat the disk as a first boot."""
    meta = {"instance-id": f"{name}-{uuid.uuid4().hex[:8]}", "local-hostname": hostname}
    return {
        f"{_SEED}/meta-data": HostFile(text=json.dumps(meta) + "\n", mode=0o600),
        f"{_SEED}/user-data": HostFile(text=user_data, mode=0o600),
    }
