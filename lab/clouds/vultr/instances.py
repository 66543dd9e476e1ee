"""Instances: made, shown, changed and deleted; each is a real machine of the lab."""

import asyncio
import secrets
import string

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.vultr.account import Account, machine_name
from lab.clouds.vultr.addresses import allocate
from lab.clouds.vultr.catalog import BOOTABLE
from lab.clouds.vultr.firewalls import filter_traffic
from lab.clouds.vultr.instance_change import instance_change
from lab.clouds.vultr.instance_request import InstanceRequest, instance_request
from lab.clouds.vultr.instance_view import render_instance
from lab.clouds.vultr.listing import listing
from lab.clouds.vultr.power import Power
from lab.clouds.vultr.store import Record
from lab.clouds.vultr.validation import body_of

PASSWORD_LETTERS = string.ascii_letters + string.digits
FILTERS = ("label", "main_ip", "region", "tag", "firewall_group_id", "hostname")


class Instances:
    """The endpoints /instances and /instances/{id}."""

    def __init__(self, account: Account, power: Power) -> None:
        self._account = account
        self._power = power
        self._table = account.store.table("instances")

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/instances", self._index),
            Route("/instances", self._create, methods=["POST"]),
            Route("/instances/{id}", self._show),
            Route("/instances/{id}", self._update, methods=["PATCH"]),
            Route("/instances/{id}", self._delete, methods=["DELETE"]),
        ]

    async def _index(self, request: Request) -> Response:
        for instance in list(self._table.values()):
            await self._power.observe(instance)
        return listing(
            request, "instances", self._table.values(), filters=FILTERS, render=render_instance
        )

    async def _create(self, request: Request) -> Response:
        instance = self._add(instance_request(self._account, await body_of(request)))
        self._power.start(instance, lambda: self._power.bear(instance), status="pending")
        # Shown once; the lab's images let nobody in by password.
        password = "".join(secrets.choice(PASSWORD_LETTERS) for _ in range(16))
        shown = {**render_instance(instance), "default_password": password}
        return JSONResponse({"instance": shown}, 202)

    def _add(self, asked: InstanceRequest) -> Record:
        account = self._account
        number = account.store.next_number()
        ipv4 = ""
        if asked.ipv4:
            ipv4 = asked.reserved["subnet"] if asked.reserved else allocate(account, "v4")
        draft = {
            "number": number,
            "region": asked.region,
            "plan": asked.plan["id"],
            "os_id": asked.os_id,
            "label": asked.label,
            "hostname": asked.hostname or asked.label or "vultr.guest",
            "tags": asked.tags,
            "user_data": asked.user_data,
            "script": asked.script,
            "authorized_keys": asked.authorized_keys,
            "firewall_group_id": asked.firewall_group_id,
            "user_scheme": asked.user_scheme,
            "main_ip": ipv4,
            "v6_network": allocate(account, "v6") if asked.ipv6 else "",
            "reverse": {},
            "backups": {"enabled": asked.backups},
            "status": "active",
            "power_status": "running",
            "server_status": "none",
            "locked": False,
            "born": False,
        }
        instance = account.store.add("instances", draft)
        if asked.reserved:
            asked.reserved["instance_id"] = instance["id"]
        return instance

    async def _show(self, request: Request) -> Response:
        instance = self._account.of("instances", request)
        await self._power.observe(instance)
        return JSONResponse({"instance": render_instance(instance)})

    async def _update(self, request: Request) -> Response:
        instance, body = self._account.of("instances", request), await body_of(request)
        change = instance_change(self._account, instance, body)
        if change.restarts:
            self._power.expect_unlocked(instance)
        instance.update(change.fields)
        self._account.store.save()
        if "firewall_group_id" in change.fields:
            await filter_traffic(self._account, instance)
        if change.plan:
            self._power.start(
                instance, lambda: self._resize(instance, change.plan), status="resizing"
            )
        elif change.os_id:
            instance["os_id"] = change.os_id
            image = BOOTABLE[change.os_id]
            self._power.start(instance, lambda: self._power.reinstall(instance, image))
        return JSONResponse({"instance": render_instance(instance)}, 202)

    async def _resize(self, instance: Record, plan: str) -> None:
        instance["plan"] = plan
        await self._power.reboot(instance)

    async def _delete(self, request: Request) -> Response:
        instance = self._account.of("instances", request)
        self._power.expect_unlocked(instance)
        instance["locked"] = True
        await asyncio.to_thread(self._account.machines.delete, machine_name(instance))
        self._table.pop(instance["id"], None)
        for reserved in self._account.store.table("reserved_ips").values():
            if reserved["instance_id"] == instance["id"]:
                reserved["instance_id"] = ""
        self._account.store.save()
        return Response(status_code=204)
