"""An instance's machine: made, booted, stopped and watched, one thing at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from lab.clouds.vultr.account import Account, machine_name
from lab.clouds.vultr.addresses import PREFIX6, main_address6
from lab.clouds.vultr.birth import first_boot
from lab.clouds.vultr.catalog import BOOTABLE
from lab.clouds.vultr.errors import invalid
from lab.clouds.vultr.firewalls import filter_traffic
from lab.clouds.vultr.store import Record

log = logging.getLogger(__name__)
Work = Callable[[], Awaitable[Any]]


class Power:
    """Runs what takes time; an instance at work is locked."""

    def __init__(self, account: Account) -> None:
        """After a restart of the process, unlock instances and look at what their machines do."""
        self._account = account
        self._machines = account.machines
        self._tasks: set[asyncio.Task[None]] = set()
        for instance in account.store.table("instances").values():
            running = instance["born"] and self._machines.running(machine_name(instance))
            self._settle(instance, running=running)

    def _settle(self, instance: Record, *, running: bool) -> None:
        instance["locked"] = False
        instance["status"] = "active"
        instance["server_status"] = "ok"
        instance["power_status"] = "running" if running else "stopped"

    def expect_unlocked(self, instance: Record) -> None:
        """Refuse what comes while something else goes on."""
        if instance["locked"]:
            raise invalid("Server is currently locked")

    def start(self, instance: Record, work: Work, *, status: str = "active") -> None:
        """Work in the background; `status` is shown meanwhile, the instance is locked."""
        self.expect_unlocked(instance)
        instance["locked"] = True
        instance["status"] = status
        instance["server_status"] = "none" if status == "pending" else "locked"
        self._account.store.save()
        task = asyncio.get_running_loop().create_task(self._run(instance, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, instance: Record, work: Work) -> None:
        try:
            await asyncio.sleep(self._account.boot_seconds)
            await work()
        except Exception:
            log.exception("instance %s: its machine failed", instance["id"])
        name = machine_name(instance)
        running = instance["born"] and await asyncio.to_thread(self._machines.running, name)
        self._settle(instance, running=running)
        if instance["id"] in self._account.store.table("instances"):
            self._account.store.save()

    async def observe(self, instance: Record) -> None:
        """Show what the machine does, which a user inside may have stopped."""
        if not instance["locked"]:
            name = machine_name(instance)
            running = instance["born"] and await asyncio.to_thread(self._machines.running, name)
            if not instance["locked"]:  # nothing has begun meanwhile
                instance["power_status"] = "running" if running else "stopped"

    async def bear(self, instance: Record) -> None:
        """Make the machine; it boots."""
        network = instance["v6_network"]
        # What an attempt that failed or was cut off may have left.
        await asyncio.to_thread(self._machines.delete, machine_name(instance))
        await asyncio.to_thread(
            self._machines.create,
            machine_name(instance),
            image=BOOTABLE[instance["os_id"]],
            address=instance["main_ip"] or None,
            address6=f"{main_address6(network)}/{PREFIX6}" if network else None,
            hostname=instance["hostname"],
            user_data=first_boot(
                authorized_keys=instance["authorized_keys"],
                script=instance["script"],
                user_data=instance["user_data"],
            ),
        )
        instance["born"] = True
        await filter_traffic(self._account, instance)

    async def switch_on(self, instance: Record) -> None:
        """Boot; a running machine is restarted, as documented."""
        name = machine_name(instance)
        if not instance["born"]:
            await self.bear(instance)
        elif await asyncio.to_thread(self._machines.running, name):
            await asyncio.to_thread(self._machines.reboot, name)
        else:
            await asyncio.to_thread(self._machines.start, name)

    async def reboot(self, instance: Record) -> None:
        """Restart; a stopped machine is started."""
        await self.switch_on(instance)

    async def halt(self, instance: Record) -> None:
        """Pull the plug."""
        if instance["born"]:
            await asyncio.to_thread(self._machines.power_off, machine_name(instance))

    async def reinstall(self, instance: Record, image: str) -> None:
        """A fresh disk with that image; it boots."""
        if not instance["born"]:
            await self.bear(instance)
        else:
            name = machine_name(instance)
            await asyncio.to_thread(self._machines.rebuild, name, image=image)
