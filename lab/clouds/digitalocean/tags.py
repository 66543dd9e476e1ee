"""Tags: names for groups of droplets."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.digitalocean.account import Account, has_tag
from lab.clouds.digitalocean.errors import not_found, unsupported
from lab.clouds.digitalocean.firewalls import filter_all
from lab.clouds.digitalocean.listing import listing
from lab.clouds.digitalocean.store import Record
from lab.clouds.digitalocean.validation import body_of, items, tag_name

OTHERS = ("images", "volumes", "volume_snapshots", "databases")
"""Kinds that may have tags at DigitalOcean; the lab has none of them."""


class Tags:
    """The endpoints under /tags."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._table = account.store.table("tags")

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/tags", self._index),
            Route("/tags", self._create, methods=["POST"]),
            Route("/tags/{name}", self._show),
            Route("/tags/{name}", self._delete, methods=["DELETE"]),
            Route("/tags/{name}/resources", self._assign, methods=["POST"]),
            Route("/tags/{name}/resources", self._unassign, methods=["DELETE"]),
        ]

    def _of(self, request: Request) -> Record:
        return self._account.get("tags", request.path_params["name"].lower())

    def _render(self, tag: Record) -> Record:
        droplets: dict[str, Any] = {"count": 0}
        if tagged := self._account.tagged(tag["name"]):
            last = f"https://api.digitalocean.com/v2/droplets/{tagged[-1]['id']}"
            droplets = {"count": len(tagged), "last_tagged_uri": last}
        others = {kind: {"count": 0} for kind in OTHERS}
        return {"name": tag["name"], "resources": {**droplets, "droplets": droplets, **others}}

    async def _index(self, request: Request) -> Response:
        return listing(request, "tags", self._table.values(), render=self._render)

    async def _create(self, request: Request) -> Response:
        """One that exists already is no error."""
        name = tag_name((await body_of(request)).get("name"))
        self._account.add_tags([name])
        self._account.store.save()
        return JSONResponse({"tag": self._render(self._table[name.lower()])}, 201)

    async def _show(self, request: Request) -> Response:
        return JSONResponse({"tag": self._render(self._of(request))})

    async def _delete(self, request: Request) -> Response:
        """Its droplets and firewalls lose it, too."""
        name = self._of(request)["name"]
        tables = self._account.store.table
        for holder in (*tables("droplets").values(), *tables("firewalls").values()):
            holder["tags"] = [tag for tag in holder["tags"] if tag.lower() != name.lower()]
        del self._table[name.lower()]
        await self._changed()
        return Response(status_code=204)

    async def _assign(self, request: Request) -> Response:
        name = self._of(request)["name"]
        for droplet in await self._droplets(request):
            if not has_tag(droplet["tags"], name):
                droplet["tags"].append(name)
        await self._changed()
        return Response(status_code=204)

    async def _unassign(self, request: Request) -> Response:
        name = self._of(request)["name"].lower()
        for droplet in await self._droplets(request):
            droplet["tags"] = [tag for tag in droplet["tags"] if tag.lower() != name]
        await self._changed()
        return Response(status_code=204)

    async def _droplets(self, request: Request) -> list[Record]:
        found = []
        for item in items(await body_of(request), "resources"):
            if not isinstance(item, dict) or item.get("resource_type") != "droplet":
                raise unsupported("tags on anything but droplets")
            key = str(item.get("resource_id"))
            if not key.isdigit():
                raise not_found()
            found.append(self._account.get("droplets", int(key)))
        return found

    async def _changed(self) -> None:
        self._account.store.save()
        await filter_all(self._account)
