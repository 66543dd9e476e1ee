"""A Linode's machine: boot, stop and watch it, one job at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from lab.clouds.linode.account import Account, machine_name
from lab.clouds.linode.addresses import address6_of
from lab.clouds.linode.catalog import BOOTABLE
from lab.clouds.linode.errors import busy, invalid
from lab.clouds.linode.firewall_traffic import filter_traffic
from lab.clouds.linode.store import Record
from lab.clouds.root_keys import user_data_with

Work = Callable[[], Awaitable[Any]]
SETTLED = ("running", "offline")


class Power:
    """Runs the jobs of Linodes; one at work is busy."""

    def __init__(self, account: Account) -> None:
        """After a restart of the process, free the Linodes and look at what their machines do."""
        self._account = account
        self._machines = account.machines
        for instance in account.store.table("instances").values():
            instance["busy"] = False
            if instance["status"] not in SETTLED:
                running = instance["born"] and self._machines.running(machine_name(instance))
                instance["status"] = "running" if running else "offline"

    def start(self, action: str, instance: Record, work: Work, *, status: str) -> Record:
        """A new job on a Linode, busy while it runs; `status` is shown meanwhile."""
        if instance["busy"]:
            raise busy()
        instance["status"] = status
        event = self._account.events.new(action, "linode", instance)
        self.run(instance, [(event, work)])
        return event

    def run(self, instance: Record, steps: Sequence[tuple[Record, Work]]) -> None:
        """Work on jobs one after the other, with the Linode busy until the last has ended."""
        instance["busy"] = True
        end = len(steps) - 1

        def guarded(work: Work, *, last: bool) -> Work:
            async def run() -> None:
                done = False
                try:
                    await work()
                    done = True
                finally:
                    if last or not done:
                        instance["busy"] = False
                        await self.observe(instance)

            return run

        self._account.events.run(
            [(event, guarded(work, last=at == end)) for at, (event, work) in enumerate(steps)]
        )

    async def observe(self, instance: Record) -> None:
        """Show what the machine does, which a user inside may have stopped."""
        if not instance["busy"]:
            name = machine_name(instance)
            running = instance["born"] and await asyncio.to_thread(self._machines.running, name)
            if not instance["busy"]:  # nothing has begun meanwhile
                instance["status"] = "running" if running else "offline"

    def boot(self, instance: Record) -> Work:
        """Start the machine; the first time it is made, from its image."""

        async def work() -> None:
            instance["status"] = "booting"
            if not instance["born"]:
                await self._bear(instance)
            elif not await asyncio.to_thread(self._machines.running, machine_name(instance)):
                await asyncio.to_thread(self._machines.start, machine_name(instance))

        return work

    async def _bear(self, instance: Record) -> None:
        if instance["image"] not in BOOTABLE:
            raise invalid("", "This Linode has no disk to boot from")
        address = next(a for a in self._account.parts("addresses", instance) if a["public"])
        # What an attempt that failed or was cut off may have left.
        await asyncio.to_thread(self._machines.delete, machine_name(instance))
        await asyncio.to_thread(
            self._machines.create,
            machine_name(instance),
            image=BOOTABLE[instance["image"]],
            address=address["address"],
            address6=f"{address6_of(self._account, instance)}/128",
            hostname=hostname(instance["label"]),
            user_data=user_data_with(instance["authorized_keys"], instance["user_data"]),
        )
        instance["born"] = True
        instance["user_data"] = ""  # it may hold secrets, and is needed once
        self._account.store.save()
        await filter_traffic(self._account, instance)

    def call(self, instance: Record, method: Callable[[str], None]) -> Work:
        """One call about the machine; nothing for a Linode that was never booted."""

        async def work() -> None:
            if instance["born"]:
                await asyncio.to_thread(method, machine_name(instance))

        return work


def hostname(label: str) -> str:
    """The name that a Linode's system gets of its label."""
    return label.replace("_", "-").replace(".", "-").lower()[:63].strip("-")
