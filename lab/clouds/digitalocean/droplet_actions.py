"""What can be done to a droplet: power, resize, rebuild, IPv6, rename, backups."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.digitalocean.account import Account, machine_name
from lab.clouds.digitalocean.catalog import BOOTABLE
from lab.clouds.digitalocean.droplet_request import expect_available, image_of, size_of
from lab.clouds.digitalocean.errors import ApiError, not_found, unprocessable, unsupported
from lab.clouds.digitalocean.events import Events, Work, render_action
from lab.clouds.digitalocean.listing import listing
from lab.clouds.digitalocean.store import Record
from lab.clouds.digitalocean.validation import body_of, flag, hostname_of

Body = dict[str, Any]
POWERED_OFF = "Droplet is already powered off."


class DropletActions:
    """`/droplets/{id}/actions`, `/droplets/actions?tag_name=` and `/actions`."""

    def __init__(self, account: Account, events: Events) -> None:
        self._account = account
        self._events = events
        self._machines = account.machines
        self._commands: dict[str, Callable[[Record, Body], Work]] = {
            "power_on": self._power_on,
            "power_off": self._power_off,
            "shutdown": self._shut_down,
            "reboot": self._reboot,
            "power_cycle": self._power_cycle,
            "resize": self._resize,
            "rebuild": self._rebuild,
            "enable_ipv6": self._enable_ipv6,
            "rename": self._rename,
            "enable_backups": self._enable_backups,
            "disable_backups": self._disable_backups,
        }

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/actions", self._index),
            Route("/actions/{id:int}", self._show),
            Route("/droplets/actions", self._post_tagged, methods=["POST"]),
            Route("/droplets/{id:int}/actions", self._of_droplet),
            Route("/droplets/{id:int}/actions", self._post, methods=["POST"]),
            Route("/droplets/{droplet:int}/actions/{id:int}", self._show),
        ]

    async def _index(self, request: Request) -> Response:
        newest_first = reversed(self._account.store.table("actions").values())
        return listing(request, "actions", newest_first, render=render_action)

    async def _of_droplet(self, request: Request) -> Response:
        droplet = self._account.of("droplets", request)
        table = self._account.store.table("actions")
        mine = [each for each in reversed(table.values()) if each["resource_id"] == droplet["id"]]
        return listing(request, "actions", mine, render=render_action)

    async def _show(self, request: Request) -> Response:
        action = self._account.of("actions", request)
        if request.path_params.get("droplet", action["resource_id"]) != action["resource_id"]:
            raise not_found()
        return JSONResponse({"action": render_action(action)})

    async def _post(self, request: Request) -> Response:
        droplet = self._account.of("droplets", request)
        action = await self._start(droplet, await body_of(request))
        return JSONResponse({"action": action}, 201)

    async def _post_tagged(self, request: Request) -> Response:
        tag = request.query_params.get("tag_name")
        if not tag:
            raise ApiError("bad_request", "tag_name is required")
        body = await body_of(request)
        actions = [await self._start(droplet, body) for droplet in self._account.tagged(tag)]
        return JSONResponse({"actions": actions}, 201)

    async def _start(self, droplet: Record, body: Body) -> Record:
        kind = body.get("type")
        command = self._commands.get(str(kind))
        if command is None:
            raise unsupported(f"the droplet action {kind}")
        await self._events.observe(droplet)
        if droplet["locked"]:
            raise unprocessable("Droplet already has a pending event.")
        return render_action(self._events.start(str(kind), droplet, command(droplet, body)))

    def _call(self, droplet: Record, method: Callable[[str], None]) -> Work:
        async def work() -> None:
            await asyncio.to_thread(method, machine_name(droplet))

        return work

    def _power_on(self, droplet: Record, _: Body) -> Work:
        if droplet["status"] == "active":
            raise unprocessable("Droplet is already powered on.")
        return self._call(droplet, self._machines.start)

    def _power_off(self, droplet: Record, _: Body) -> Work:
        if droplet["status"] == "off":
            raise unprocessable(POWERED_OFF)
        return self._call(droplet, self._machines.power_off)

    def _shut_down(self, droplet: Record, _: Body) -> Work:
        return self._call(droplet, self._machines.shut_down)  # no error for one that is off

    def _reboot(self, droplet: Record, _: Body) -> Work:
        if droplet["status"] == "off":
            raise unprocessable(POWERED_OFF)
        return self._call(droplet, self._machines.reboot)

    def _power_cycle(self, droplet: Record, _: Body) -> Work:
        name = machine_name(droplet)

        async def work() -> None:
            await asyncio.to_thread(self._machines.power_off, name)
            await asyncio.to_thread(self._machines.start, name)

        return work

    def _resize(self, droplet: Record, body: Body) -> Work:
        wanted = size_of(body)
        grow = flag(body, "disk")
        if droplet["status"] != "off":
            raise unprocessable("Droplet is currently on. Please power it off to run this event.")
        if wanted["slug"] == droplet["size"]:
            raise unprocessable("Droplet is already of this size.")
        expect_available(wanted, droplet["region"])
        if wanted["disk"] < droplet["disk"]:
            raise unprocessable("This size is not available because it has a smaller disk.")

        async def work() -> None:
            droplet["size"] = wanted["slug"]
            if grow:  # for good: no size with a smaller disk can be had any more
                droplet["disk"] = wanted["disk"]

        return work

    def _rebuild(self, droplet: Record, body: Body) -> Work:
        image = image_of(body)

        async def work() -> None:
            droplet["image"] = image["slug"]
            await asyncio.to_thread(
                self._machines.rebuild, machine_name(droplet), image=BOOTABLE[image["slug"]]
            )

        return work

    def _enable_ipv6(self, droplet: Record, _: Body) -> Work:
        if "ipv6" in droplet["features"]:
            raise unprocessable("IPv6 is already enabled on this Droplet.")
        # As at DigitalOcean, the running system is not told: its owner configures the address.
        return self._feature(droplet, "ipv6", wanted=True)

    def _enable_backups(self, droplet: Record, _: Body) -> Work:
        return self._feature(droplet, "backups", wanted=True)

    def _disable_backups(self, droplet: Record, _: Body) -> Work:
        return self._feature(droplet, "backups", wanted=False)

    def _feature(self, droplet: Record, name: str, *, wanted: bool) -> Work:
        async def work() -> None:
            others = [feature for feature in droplet["features"] if feature != name]
            droplet["features"] = [*others, name] if wanted else others

        return work

    def _rename(self, droplet: Record, body: Body) -> Work:
        name = hostname_of(body)

        async def work() -> None:
            droplet["name"] = name  # the machine's own hostname stays, as at DigitalOcean

        return work
