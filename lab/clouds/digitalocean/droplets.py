"""Droplets: made, shown and deleted; each is a real machine of the lab."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.digitalocean.account import Account, machine_name
from lab.clouds.digitalocean.addresses import USABLE6, address4, address6, allocate, networks
from lab.clouds.digitalocean.catalog import BOOTABLE, IMAGES, REGIONS, SIZES
from lab.clouds.digitalocean.droplet_request import DropletRequest, droplet_request
from lab.clouds.digitalocean.errors import ApiError, unprocessable
from lab.clouds.digitalocean.events import Events, Work
from lab.clouds.digitalocean.firewalls import filter_all
from lab.clouds.digitalocean.listing import listing
from lab.clouds.digitalocean.store import Record, now
from lab.clouds.digitalocean.validation import body_of
from lab.clouds.root_keys import user_data_with


def image_with(slug: str) -> Record:
    """The image with that slug."""
    return next(each for each in IMAGES if each["slug"] == slug)


def render_droplet(account: Account, droplet: Record) -> Record:
    """The JSON form of a droplet."""
    size = SIZES[droplet["size"]]
    shown = ("id", "name", "locked", "status", "created_at", "features", "tags", "vpc_uuid", "disk")
    return {
        **{key: droplet[key] for key in shown},
        "memory": size["memory"],
        "vcpus": size["vcpus"],
        "kernel": None,
        "backup_ids": [],
        "next_backup_window": None,
        "snapshot_ids": [],
        "volume_ids": [],
        "image": image_with(droplet["image"]),
        "size": size,
        "size_slug": size["slug"],
        "networks": networks(account, droplet),
        "region": REGIONS[droplet["region"]],
    }


class Droplets:
    """The endpoints under /droplets, without a droplet's actions."""

    def __init__(self, account: Account, events: Events) -> None:
        self._account = account
        self._events = events
        self._table = account.store.table("droplets")

    def routes(self) -> list[Route]:
        """See the class."""
        one = "/droplets/{id:int}"
        empty = [
            Route(f"{one}/{kind}", self._nothing) for kind in ("backups", "snapshots", "kernels")
        ]
        return [
            Route("/droplets", self._index),
            Route("/droplets", self._create, methods=["POST"]),
            Route("/droplets", self._delete_tagged, methods=["DELETE"]),
            Route(one, self._show),
            Route(one, self._delete, methods=["DELETE"]),
            *empty,
        ]

    async def _index(self, request: Request) -> Response:
        query = request.query_params
        found = list(self._table.values())
        if tag := query.get("tag_name"):
            found = self._account.tagged(tag)
        if name := query.get("name"):
            found = [each for each in found if each["name"] == name]
        for droplet in found:
            await self._events.observe(droplet)
        return listing(
            request, "droplets", found, render=lambda each: render_droplet(self._account, each)
        )

    async def _create(self, request: Request) -> Response:
        droplet = self._add(droplet_request(self._account, await body_of(request)))
        action = self._events.start("create", droplet, self._bear(droplet))
        link = {
            "id": action["id"],
            "rel": "create",
            "href": str(request.url.replace(path=f"/v2/actions/{action['id']}", query="")),
        }
        body = {"droplet": render_droplet(self._account, droplet), "links": {"actions": [link]}}
        return JSONResponse(body, 202)

    def _add(self, asked: DropletRequest) -> Record:
        self._account.add_tags(asked.tags)
        return self._account.store.add(
            "droplets",
            {
                "name": asked.name,
                "size": asked.size["slug"],
                "disk": asked.size["disk"],
                "image": asked.image["slug"],
                "region": asked.region,
                "tags": asked.tags,
                "features": asked.features,
                "vpc_uuid": asked.vpc_uuid or self._account.default_vpc(asked.region)["id"],
                "user_data": asked.user_data,
                "authorized_keys": asked.authorized_keys,
                "number": allocate(self._account),
                "created_at": now(),
                "status": "new",
                "locked": False,
                "born": False,
            },
        )

    def _bear(self, droplet: Record) -> Work:
        machines = self._account.machines

        async def work() -> None:
            wants_six = "ipv6" in droplet["features"]
            await asyncio.to_thread(
                machines.create,
                machine_name(droplet),
                image=BOOTABLE[droplet["image"]],
                address=address4(droplet),
                address6=f"{address6(droplet)}/{USABLE6}" if wants_six else None,
                hostname=droplet["name"],
                user_data=user_data_with(droplet["authorized_keys"], droplet["user_data"]),
            )
            droplet["born"] = True
            droplet["user_data"] = ""  # it may hold secrets, and is needed once
            await filter_all(self._account)

        return work

    async def _show(self, request: Request) -> Response:
        droplet = self._account.of("droplets", request)
        await self._events.observe(droplet)
        return JSONResponse({"droplet": render_droplet(self._account, droplet)})

    async def _nothing(self, request: Request) -> Response:
        self._account.of("droplets", request)
        return listing(request, request.url.path.rsplit("/", 1)[1], [])

    async def _delete(self, request: Request) -> Response:
        await self._remove(self._account.of("droplets", request))
        return Response(status_code=204)

    async def _delete_tagged(self, request: Request) -> Response:
        tag = request.query_params.get("tag_name")
        if not tag:
            raise ApiError("bad_request", "tag_name is required")
        for droplet in self._account.tagged(tag):
            await self._remove(droplet)
        return Response(status_code=204)

    async def _remove(self, droplet: Record) -> None:
        if droplet["locked"]:
            raise unprocessable("Droplet already has a pending event.")
        # Kept until its machine is gone, for the address; a failure can be tried again.
        droplet["locked"], born = True, droplet["born"]
        droplet["born"] = False  # no filter is set any more
        try:
            await asyncio.to_thread(self._account.machines.delete, machine_name(droplet))
        except Exception:
            droplet["locked"], droplet["born"] = False, born
            raise
        del self._table[droplet["id"]]
        for firewall in self._account.store.table("firewalls").values():
            firewall["droplet_ids"] = [
                key for key in firewall["droplet_ids"] if key != droplet["id"]
            ]
        self._account.store.save()
        await filter_all(self._account)
