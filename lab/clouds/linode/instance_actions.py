"""What can be done to a Linode: power, resize, rebuild, backups."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.linode.account import Account, machine_name
from lab.clouds.linode.catalog import TYPES
from lab.clouds.linode.disks import deploy, grow
from lab.clouds.linode.errors import busy, invalid, unsupported
from lab.clouds.linode.instance_request import (
    DEFAULT_SWAP,
    deployment_of,
    expect_available,
    type_of,
)
from lab.clouds.linode.instance_view import render_instance
from lab.clouds.linode.power import Power
from lab.clouds.linode.store import Record, now
from lab.clouds.linode.validation import body_of, flag, number

Body = dict[str, Any]
MIGRATIONS = ("cold", "warm")


class InstanceActions:
    """`POST /linode/instances/{id}/{command}`."""

    def __init__(self, account: Account, power: Power) -> None:
        self._account = account
        self._power = power
        self._commands = {
            "boot": self._boot,
            "shutdown": self._shut_down,
            "reboot": self._reboot,
            "resize": self._resize,
            "rebuild": self._rebuild,
            "backups/enable": self._enable_backups,
            "backups/cancel": self._cancel_backups,
        }

    def routes(self) -> list[Route]:
        """See the class."""
        return [Route("/linode/instances/{id:int}/{command:path}", self._post, methods=["POST"])]

    async def _post(self, request: Request) -> Response:
        instance = self._account.of("instances", request)
        command = self._commands.get(request.path_params["command"])
        if command is None:
            raise unsupported("", f"the Linode action {request.path_params['command']}")
        body = await body_of(request)
        await self._power.observe(instance)
        if instance["busy"]:
            raise busy()
        answer = command(instance, body) or {}
        instance["updated"] = now()
        self._account.store.save()
        return JSONResponse(answer)

    def _boot(self, instance: Record, body: Body) -> None:
        self._expect_profile(instance, body)
        if instance["status"] == "running":
            raise invalid("", f"Linode {instance['id']} already booted.")
        self._power.start("linode_boot", instance, self._power.boot(instance), status="booting")

    def _shut_down(self, instance: Record, _: Body) -> None:
        work = self._power.call(instance, self._account.machines.shut_down)
        self._power.start("linode_shutdown", instance, work, status="shutting_down")

    def _reboot(self, instance: Record, body: Body) -> None:
        """One that is off is booted."""
        self._expect_profile(instance, body)
        running = instance["status"] == "running"
        reboot = self._power.call(instance, self._account.machines.reboot)
        work = reboot if running else self._power.boot(instance)
        self._power.start("linode_reboot", instance, work, status="rebooting")

    def _expect_profile(self, instance: Record, body: Body) -> None:
        if not self._account.parts("configs", instance):
            raise invalid("", "Linode has no configuration profiles")
        key = number(body, "config_id")
        if key:
            self._account.part_of("configs", instance, key)

    def _resize(self, instance: Record, body: Body) -> None:
        kind = type_of(body)
        if body.get("migration_type", "cold") not in MIGRATIONS:
            raise invalid("migration_type", f"Must be one of {', '.join(MIGRATIONS)}")
        if kind == instance["type"]:
            raise invalid("type", "Linode is already running this service plan.")
        fits_disk = flag(body, "allow_auto_disk_resize", default=True)
        used = sum(disk["size"] for disk in self._account.parts("disks", instance))
        if TYPES[kind]["disk"] < used and not fits_disk:
            raise invalid(
                "", "Linode has allocated more disk than the new service plan allows. Delete or"
                " resize disks smaller.",
            )  # fmt: skip
        expect_available(kind, instance["region"])
        was_running = instance["status"] == "running"
        off = self._power.call(instance, self._account.machines.shut_down)
        boot = self._power.boot(instance)

        async def work() -> None:
            if was_running:
                await off()
            instance["type"] = kind
            if fits_disk:
                grow(self._account, instance, kind)
            if was_running:
                await boot()  # as documented: it comes back as it was

        self._power.start("linode_resize", instance, work, status="resizing")

    def _rebuild(self, instance: Record, body: Body) -> Record:
        image = deployment_of(self._account, body)
        boots = flag(body, "booted", default=True)
        boot = self._power.boot(instance)

        async def work() -> None:
            await asyncio.to_thread(self._account.machines.delete, machine_name(instance))
            instance["born"] = False
            deploy(self._account, instance, image, swap=DEFAULT_SWAP)
            if boots:
                await boot()

        self._power.start("linode_rebuild", instance, work, status="rebuilding")
        return render_instance(self._account, instance)

    def _enable_backups(self, instance: Record, _: Body) -> None:
        instance["backups_enabled"] = True
        self._account.events.note("backups_enable", "linode", instance)

    def _cancel_backups(self, instance: Record, _: Body) -> None:
        instance["backups_enabled"] = False
        self._account.events.note("backups_cancel", "linode", instance)
