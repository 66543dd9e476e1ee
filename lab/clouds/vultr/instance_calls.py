"""What else can be asked of an instance: power, reinstall, and what it has."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.vultr.account import Account
from lab.clouds.vultr.catalog import BOOTABLE, OPERATING_SYSTEMS
from lab.clouds.vultr.errors import invalid
from lab.clouds.vultr.instance_change import upgrades
from lab.clouds.vultr.instance_request import hostname_of
from lab.clouds.vultr.instance_view import render_instance
from lab.clouds.vultr.listing import listing
from lab.clouds.vultr.power import Power
from lab.clouds.vultr.store import Record
from lab.clouds.vultr.validation import body_of, encoded, number, text, texts

POWER = ("start", "halt", "reboot")
SCHEDULES = ("daily", "weekly", "monthly", "daily_alt_even", "daily_alt_odd")


class InstanceCalls:
    """The endpoints under /instances/{id}/, and the same for several at once."""

    def __init__(self, account: Account, power: Power, *, vpc2: bool) -> None:
        self._vpc2 = vpc2
        self._account = account
        self._power = power
        self._works = {
            "start": power.switch_on,
            "halt": power.halt,
            "reboot": power.reboot,
        }

    def routes(self) -> list[Route]:
        """See the class; those for several must be asked before /instances/{id}."""
        one = "/instances/{id}"
        several = [Route(f"/instances/{call}", self._mass, methods=["POST"]) for call in POWER]
        single = [Route(f"{one}/{call}", self._single, methods=["POST"]) for call in POWER]
        return [
            *several,
            *single,
            Route(f"{one}/reinstall", self._reinstall, methods=["POST"]),
            Route(f"{one}/user-data", self._user_data),
            Route(f"{one}/upgrades", self._upgrades),
            Route(f"{one}/bandwidth", self._bandwidth),
            Route(f"{one}/neighbors", self._neighbors),
            Route(f"{one}/backup-schedule", self._schedule),
            Route(f"{one}/backup-schedule", self._set_schedule, methods=["POST"]),
            Route(f"{one}/vpcs", self._vpcs),
            *([Route("/vpc2", self._none), Route(f"{one}/vpc2", self._vpcs)] if self._vpc2 else []),
        ]

    async def _single(self, request: Request) -> Response:
        instance = self._account.of("instances", request)
        self._start(request.url.path.rpartition("/")[2], instance)
        return Response(status_code=204)

    async def _mass(self, request: Request) -> Response:
        keys = texts(await body_of(request), "instance_ids")
        if not keys:
            raise invalid("instance_ids is required")
        instances = [self._account.get("instances", key) for key in keys]
        for instance in instances:
            self._power.expect_unlocked(instance)
        for instance in instances:
            self._start(request.url.path.rpartition("/")[2], instance)
        return Response(status_code=204)

    def _start(self, call: str, instance: Record) -> None:
        work = self._works[call]
        self._power.start(instance, lambda: work(instance))

    async def _reinstall(self, request: Request) -> Response:
        instance = self._account.of("instances", request)
        hostname = hostname_of(await body_of(request))
        if hostname and hostname != instance["hostname"]:
            raise invalid("the lab's Vultr API does not offer another hostname in a reinstall")
        image = BOOTABLE[instance["os_id"]]
        self._power.start(instance, lambda: self._power.reinstall(instance, image))
        return JSONResponse({"instance": render_instance(instance)}, 202)

    async def _user_data(self, request: Request) -> Response:
        instance = self._account.of("instances", request)
        return JSONResponse({"user_data": {"data": encoded(instance["user_data"])}})

    async def _upgrades(self, request: Request) -> Response:
        instance = self._account.of("instances", request)
        systems = [OPERATING_SYSTEMS[key] for key in BOOTABLE if key != instance["os_id"]]
        shown: dict[str, Any] = {
            "os": systems,
            "applications": [],
            "plans": upgrades(instance),
        }
        wanted = request.query_params.get("type", "all")
        if wanted not in (*shown, "all"):
            raise invalid("Invalid type: expected all, applications, os or plans")
        only = {key: value for key, value in shown.items() if wanted in ("all", key)}
        return JSONResponse({"upgrades": only})

    async def _bandwidth(self, request: Request) -> Response:
        self._account.of("instances", request)
        return JSONResponse({"bandwidth": {}})

    async def _neighbors(self, request: Request) -> Response:
        self._account.of("instances", request)
        return JSONResponse({"neighbors": []})

    async def _schedule(self, request: Request) -> Response:
        return JSONResponse({"backup_schedule": self._account.of("instances", request)["backups"]})

    async def _set_schedule(self, request: Request) -> Response:
        instance, body = self._account.of("instances", request), await body_of(request)
        kind = text(body, "type", required=True)
        if kind not in SCHEDULES:
            raise invalid(f"Invalid type: expected one of {', '.join(SCHEDULES)}")
        if not instance["backups"]["enabled"]:
            raise invalid("Backups are not enabled for this instance")
        times = {field: number(body, field) for field in ("hour", "dow", "dom")}
        instance["backups"] = {"enabled": True, "type": kind, **times}
        self._account.store.save()
        return Response(status_code=200)

    async def _vpcs(self, request: Request) -> Response:
        self._account.of("instances", request)
        return await self._none(request)

    async def _none(self, request: Request) -> Response:
        return listing(request, "vpcs", ())
