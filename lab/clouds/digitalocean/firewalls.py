"""Firewalls: kept, applied to droplets, and really filtering at their machines."""

import asyncio
import re
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.digitalocean.account import Account, has_tag, machine_name
from lab.clouds.digitalocean.errors import ApiError, unprocessable
from lab.clouds.digitalocean.firewall_rules import ENDS, inbound, outbound, rules_of
from lab.clouds.digitalocean.listing import listing
from lab.clouds.digitalocean.store import Record, now
from lab.clouds.digitalocean.validation import body_of, items, tags_of, text

MAX_DROPLETS, MAX_TAGS = 10, 5
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


def firewalls_of(account: Account, droplet: Record) -> list[Record]:
    """The firewalls that a droplet is behind, by itself or by its tags."""
    return [each for each in account.store.table("firewalls").values() if _covers(each, droplet)]


def _covers(firewall: Record, droplet: Record) -> bool:
    return droplet["id"] in firewall["droplet_ids"] or any(
        has_tag(droplet["tags"], tag) for tag in firewall["tags"]
    )


async def filter_traffic(account: Account, droplet: Record) -> None:
    """Make the machine's filter what the droplet's firewalls say."""
    if droplet["born"]:
        firewalls = firewalls_of(account, droplet)
        await asyncio.to_thread(
            account.machines.set_firewall,
            machine_name(droplet),
            inbound(account, firewalls),
            outbound=outbound(account, firewalls),
        )


async def filter_all(account: Account) -> None:
    """The same for every droplet: a tag or address in a rule may concern any of them."""
    for droplet in list(account.store.table("droplets").values()):
        await filter_traffic(account, droplet)


class Firewalls:
    """The endpoints under /firewalls; each answers when the filters are what it says."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._table = account.store.table("firewalls")

    def routes(self) -> list[Route]:
        """See the class."""
        one = "/firewalls/{id}"
        return [
            Route("/firewalls", self._index),
            Route("/firewalls", self._create, methods=["POST"]),
            Route(one, self._show),
            Route(one, self._update, methods=["PUT"]),
            Route(one, self._delete, methods=["DELETE"]),
            Route(f"{one}/{{part}}", self._edit, methods=["POST", "DELETE"]),
            Route("/droplets/{id:int}/firewalls", self._of_droplet),
        ]

    async def _index(self, request: Request) -> Response:
        return listing(request, "firewalls", self._table.values())

    async def _of_droplet(self, request: Request) -> Response:
        droplet = self._account.of("droplets", request)
        return listing(request, "firewalls", firewalls_of(self._account, droplet))

    async def _create(self, request: Request) -> Response:
        checked = self._checked(await body_of(request))
        made = {"id": str(uuid4()), "created_at": now(), "status": "succeeded", **checked}
        firewall = self._account.store.add("firewalls", {**made, "pending_changes": []})
        await self._apply()
        return JSONResponse({"firewall": firewall}, 202)

    async def _show(self, request: Request) -> Response:
        return JSONResponse({"firewall": self._account.of("firewalls", request)})

    async def _update(self, request: Request) -> Response:
        firewall = self._account.of("firewalls", request)
        firewall.update(self._checked(await body_of(request), besides=firewall))
        await self._apply()
        return JSONResponse({"firewall": firewall})

    async def _delete(self, request: Request) -> Response:
        del self._table[self._account.of("firewalls", request)["id"]]
        await self._apply()
        return Response(status_code=204)

    async def _edit(self, request: Request) -> Response:
        """Add (POST) or take away (DELETE) droplets, tags or rules."""
        firewall, body = self._account.of("firewalls", request), await body_of(request)
        part, more = request.path_params["part"], request.method == "POST"
        fields: dict[str, Any] = {
            "droplets": {"droplet_ids": items(body, "droplet_ids")},
            "tags": {"tags": items(body, "tags")},
            "rules": dict(rules_of(body)),
        }
        if part not in fields:
            raise ApiError("not_found", "The resource you requested could not be found.")
        changed = {"name": firewall["name"], "tags": firewall["tags"]}
        changed |= {key: firewall[key] for key in ("droplet_ids", *ENDS)}
        for field, given in fields[part].items():
            others = [item for item in firewall[field] if item not in given]
            changed[field] = others + given if more else others
        firewall.update(self._checked(changed, besides=firewall))
        await self._apply()
        return Response(status_code=204)

    def _checked(self, body: Record, *, besides: Record | None = None) -> Record:
        """What a body describes, whole: an update replaces everything."""
        name = text(body, "name")
        if not _NAME.fullmatch(name):
            raise unprocessable(
                "name must begin with a letter or digit; then letters, digits, '.' or '-'"
            )
        if any(each["name"] == name and each is not besides for each in self._table.values()):
            raise ApiError("conflict", "duplicate name")
        rules = rules_of(body)
        if not any(rules.values()):
            raise unprocessable("must specify at least one rule")
        droplet_ids, tags = items(body, "droplet_ids"), tags_of(body)
        known = self._account.store.table("droplets")
        if any(key not in known for key in droplet_ids):
            raise unprocessable("one or more of the droplets could not be found")
        if any(tag.lower() not in self._account.store.table("tags") for tag in tags):
            raise unprocessable("one or more of the tags could not be found")
        if len(droplet_ids) > MAX_DROPLETS or len(tags) > MAX_TAGS:
            raise unprocessable(f"at most {MAX_DROPLETS} droplets and {MAX_TAGS} tags")
        return {"name": name, "droplet_ids": droplet_ids, "tags": tags, **rules}

    async def _apply(self) -> None:
        self._account.store.save()
        await filter_all(self._account)
