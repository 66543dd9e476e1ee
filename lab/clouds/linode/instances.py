"""Linodes: made, shown, changed, deleted."""

import asyncio
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.linode.account import Account, machine_name
from lab.clouds.linode.addresses import allocate
from lab.clouds.linode.disks import deploy
from lab.clouds.linode.errors import invalid
from lab.clouds.linode.firewall_devices import assign, release
from lab.clouds.linode.instance_request import InstanceRequest, instance_request
from lab.clouds.linode.instance_view import render_instance
from lab.clouds.linode.listing import listing
from lab.clouds.linode.power import Power
from lab.clouds.linode.store import Record, now
from lab.clouds.linode.tags import remember_tags
from lab.clouds.linode.validation import body_of, flag, label_of, tags_of, text

ALERTS = {"cpu": 90, "io": 10000, "network_in": 10, "network_out": 10, "transfer_quota": 80}
PARTS = ("disks", "configs", "addresses")


class Instances:
    """The endpoints of /linode/instances and of one Linode as a whole."""

    def __init__(self, account: Account, power: Power) -> None:
        self._account = account
        self._power = power
        self._table = account.store.table("instances")

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/linode/instances", self._index),
            Route("/linode/instances", self._create, methods=["POST"]),
            Route("/linode/instances/{id:int}", self._show),
            Route("/linode/instances/{id:int}", self._update, methods=["PUT"]),
            Route("/linode/instances/{id:int}", self._delete, methods=["DELETE"]),
        ]

    def _render(self, instance: Record) -> Record:
        return render_instance(self._account, instance)

    async def _index(self, request: Request) -> Response:
        for instance in list(self._table.values()):
            await self._power.observe(instance)
        return listing(request, self._table.values(), render=self._render)

    async def _create(self, request: Request) -> Response:
        asked = instance_request(self._account, await body_of(request))
        instance = self._add(asked)
        events = self._account.events
        steps = [(events.new("linode_create", "linode", instance), self._settle(instance))]
        if asked.booted:
            boot = self._power.boot(instance)
            steps.append((events.new("linode_boot", "linode", instance), boot))
        self._power.run(instance, steps)
        return JSONResponse(self._render(instance))

    def _add(self, asked: InstanceRequest) -> Record:
        deployed = asked.deployment
        draft = {
            "label": asked.label,
            "group": asked.group,
            "type": asked.type,
            "region": asked.region,
            "image": None,
            "tags": asked.tags,
            "interface_generation": asked.generation,
            "backups_enabled": asked.backups_enabled,
            "watchdog_enabled": True,
            "has_user_data": bool(deployed and deployed.user_data),
            "maintenance_policy": "linode/migrate",
            "disk_encryption": "enabled",
            "alerts": dict(ALERTS),
            "host_uuid": uuid.uuid4().hex,
            "rdns6": None,
            "status": "provisioning",
            "busy": False,
            "born": False,
            "authorized_keys": [],
            "user_data": "",
        }
        instance = self._account.store.add("instances", draft)
        instance["label"] = instance["label"] or f"linode{instance['id']}"
        allocate(self._account, instance)
        if asked.private_ip:
            allocate(self._account, instance, public=False)
        if deployed is not None:
            deploy(self._account, instance, deployed, swap=asked.swap)
        if asked.firewall is not None:
            assign(self._account, asked.firewall, instance)
        remember_tags(self._account, asked.tags)
        return instance

    def _settle(self, instance: Record) -> Any:
        async def work() -> None:
            instance["status"] = "offline"

        return work

    async def _show(self, request: Request) -> Response:
        instance = self._account.of("instances", request)
        await self._power.observe(instance)
        return JSONResponse(self._render(instance))

    async def _update(self, request: Request) -> Response:
        instance, body = self._account.of("instances", request), await body_of(request)
        changes: Record = {}
        if "label" in body:
            changes["label"] = label_of(body, "instances")
            if self._account.labelled("instances", changes["label"]) not in (None, instance):
                raise invalid("label", "Label must be unique among your linodes")
        if "tags" in body:
            changes["tags"] = tags_of(body)
            remember_tags(self._account, changes["tags"])
        for field in ("group", "maintenance_policy"):
            if field in body:
                changes[field] = text(body, field)
        if "watchdog_enabled" in body:
            changes["watchdog_enabled"] = flag(body, "watchdog_enabled", default=True)
        if "alerts" in body:
            changes["alerts"] = {**instance["alerts"], **_alerts(body["alerts"])}
        instance |= {**changes, "updated": now()}
        self._account.events.note("linode_update", "linode", instance)
        self._account.store.save()
        return JSONResponse(self._render(instance))

    async def _delete(self, request: Request) -> Response:
        instance = self._account.of("instances", request)

        async def remove() -> None:
            await asyncio.to_thread(self._account.machines.delete, machine_name(instance))
            self._forget(instance)

        self._power.start("linode_delete", instance, remove, status="deleting")
        return JSONResponse({})

    def _forget(self, instance: Record) -> None:
        release(self._account, instance)
        for kind in PARTS:
            table = self._account.store.table(kind)
            for part in self._account.parts(kind, instance):
                del table[part["id"]]
        del self._table[instance["id"]]


def _alerts(given: Any) -> Record:
    if not isinstance(given, dict):
        raise invalid("alerts", "alerts must be an object")
    return {key: value for key, value in given.items() if key in ALERTS and isinstance(value, int)}
