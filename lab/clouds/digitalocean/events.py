"""Events: what happens to a droplet, one at a time; clients follow them as actions."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from lab.clouds.digitalocean.account import Account, machine_name
from lab.clouds.digitalocean.catalog import REGIONS
from lab.clouds.digitalocean.errors import unprocessable
from lab.clouds.digitalocean.store import Record, now

log = logging.getLogger(__name__)
KEPT = 500
"""How many finished actions are remembered."""

Work = Callable[[], Awaitable[Any]]


class Events:
    """Starts events; a droplet is locked while one runs."""

    def __init__(self, account: Account) -> None:
        """After a restart of the process, end what ran and look at what the machines do."""
        self._account = account
        self._tasks: set[asyncio.Task[None]] = set()
        for action in account.store.table("actions").values():
            if action["status"] == "in-progress":
                _finish(action, failed=True)
        for droplet in account.store.table("droplets").values():
            droplet["locked"] = False
            running = account.machines.running(machine_name(droplet))
            droplet["status"] = "active" if running else "off"

    def start(self, kind: str, droplet: Record, work: Work) -> Record:
        """A new action; the droplet is locked until `work` has ended."""
        if droplet["locked"]:
            raise unprocessable("Droplet already has a pending event.")
        droplet["locked"] = True
        action = self._account.store.add(
            "actions",
            {
                "status": "in-progress",
                "type": kind,
                "started_at": now(),
                "completed_at": None,
                "resource_id": droplet["id"],
                "resource_type": "droplet",
                "region_slug": droplet["region"],
            },
        )
        self._account.store.save()
        task = asyncio.get_running_loop().create_task(self._run(action, droplet, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return action

    async def _run(self, action: Record, droplet: Record, work: Work) -> None:
        delay = self._account.action_seconds / 2
        failed = False
        await asyncio.sleep(delay)
        try:
            await work()
        except Exception:
            log.exception("action %s (%s) failed", action["id"], action["type"])
            failed = True
        droplet["locked"] = False
        await self.observe(droplet)
        await asyncio.sleep(delay)
        _finish(action, failed=failed)
        self._forget_old()
        self._account.store.save()

    async def observe(self, droplet: Record) -> None:
        """Show what the machine does, which a user inside may have stopped."""
        if droplet["locked"]:
            return
        name = machine_name(droplet)
        running = await asyncio.to_thread(self._account.machines.running, name)
        if not droplet["locked"]:  # nothing has begun meanwhile
            droplet["status"] = "active" if running else "off"

    def _forget_old(self) -> None:
        table = self._account.store.table("actions")
        for key in list(table)[: max(0, len(table) - KEPT)]:
            if table[key]["status"] != "in-progress":
                del table[key]


def _finish(action: Record, *, failed: bool) -> None:
    action["status"] = "errored" if failed else "completed"
    action["completed_at"] = now()


def render_action(action: Record) -> Record:
    """The JSON form of an action."""
    return {**action, "region": REGIONS[action["region_slug"]]}
