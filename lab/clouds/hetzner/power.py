"""A server's machine: boot, stop and watch it, one action at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from lab.clouds.hetzner.addresses import host_address
from lab.clouds.hetzner.errors import ApiError
from lab.clouds.hetzner.firewalls import filter_traffic
from lab.clouds.hetzner.project import Project, about, machine_name
from lab.clouds.hetzner.server_view import addresses_of, image_with
from lab.clouds.hetzner.store import Record
from lab.clouds.root_keys import user_data_with

Work = Callable[[], Awaitable[Any]]
SETTLED = ("running", "off")


class Power:
    """Runs the work of servers' actions; a server at work is locked."""

    def __init__(self, project: Project) -> None:
        """After a restart of the process, unlock servers and look at what their machines do."""
        self._project = project
        self._machines = project.machines
        for server in project.store.table("servers").values():
            server["locked"] = False
            if server["status"] not in SETTLED:
                running = server["born"] and self._machines.running(machine_name(server))
                server["status"] = "running" if running else "off"

    def start(
        self, command: str, server: Record, work: Work, *, status: str | None = None
    ) -> Record:
        """A new action on a server, locked while it runs; `status` is shown meanwhile."""
        if server["locked"]:
            raise ApiError("locked", "server is locked")
        server["locked"] = True
        server["status"] = status or server["status"]
        action = self._project.actions.new(command, [about("server", server)])
        self._project.actions.run(self.exclusively(server, [(action, work)]))
        return action

    def exclusively(
        self, server: Record, steps: Sequence[tuple[Record, Work]]
    ) -> list[tuple[Record, Work]]:
        """The steps, with the server unlocked after the last of them or a failure."""

        def guarded(work: Work, *, last: bool) -> Work:
            async def run() -> None:
                done = False
                try:
                    await work()
                    done = True
                finally:
                    if last or not done:
                        server["locked"] = False
                        await self.observe(server)

            return run

        end = len(steps) - 1
        return [(action, guarded(work, last=at == end)) for at, (action, work) in enumerate(steps)]

    async def observe(self, server: Record) -> None:
        """Show what the machine does, which a user inside may have stopped."""
        if not server["locked"]:
            name = machine_name(server)
            running = server["born"] and await asyncio.to_thread(self._machines.running, name)
            if not server["locked"]:  # nothing has begun meanwhile
                server["status"] = "running" if running else "off"

    def settle(self, server: Record) -> Work:
        """The work of `create_server`: nothing is left to do."""

        async def work() -> None:
            server["status"] = "off"

        return work

    def boot(self, server: Record) -> Work:
        """Start the machine; the first time it is made, from its image."""

        async def work() -> None:
            server["status"] = "starting"
            if not server["born"]:
                await self._bear(server)
            elif not await asyncio.to_thread(self._machines.running, machine_name(server)):
                await asyncio.to_thread(self._machines.start, machine_name(server))

        return work

    async def _bear(self, server: Record) -> None:
        addresses = addresses_of(self._project, server)
        six = addresses.get("ipv6")
        # What an attempt that failed or was cut off may have left.
        await asyncio.to_thread(self._machines.delete, machine_name(server))
        await asyncio.to_thread(
            self._machines.create,
            machine_name(server),
            image=image_with(server["image"])["name"],
            address=addresses["ipv4"]["ip"] if "ipv4" in addresses else None,
            address6=f"{host_address(six)}/64" if six else None,
            hostname=server["name"],
            user_data=user_data_with(server["authorized_keys"], server["user_data"]),
        )
        server["born"] = True
        server["user_data"] = ""  # it may hold secrets, and is needed once
        await filter_traffic(self._project, server)

    def call(self, server: Record, method: Callable[[str], None]) -> Work:
        """One call about the machine; nothing for a server that was never started."""

        async def work() -> None:
            if server["born"]:
                await asyncio.to_thread(method, machine_name(server))

        return work
