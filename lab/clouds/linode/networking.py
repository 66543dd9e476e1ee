"""Addresses of the account and of one Linode, with their reverse names."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.linode.account import Account
from lab.clouds.linode.addresses import (
    address6_of,
    allocate,
    render_address,
    render_address6,
)
from lab.clouds.linode.errors import invalid, not_found, unsupported
from lab.clouds.linode.firewall_traffic import filter_traffic, firewalls_of
from lab.clouds.linode.firewalls import render_firewall
from lab.clouds.linode.listing import listing
from lab.clouds.linode.store import Record
from lab.clouds.linode.validation import body_of, flag

ONE = "/linode/instances/{id:int}"


class Networking:
    """Endpoints under /networking/ips, and ips, firewalls, backups, interfaces of a Linode."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/networking/ips", self._index),
            Route("/networking/ips/{address}", self._show),
            Route("/networking/ips/{address}", self._update, methods=["PUT"]),
            Route("/networking/ipv6/ranges", self._nothing),
            Route(f"{ONE}/ips", self._of_instance),
            Route(f"{ONE}/ips", self._allocate, methods=["POST"]),
            Route(f"{ONE}/ips/{{address}}", self._show),
            Route(f"{ONE}/ips/{{address}}", self._update, methods=["PUT"]),
            Route(f"{ONE}/firewalls", self._firewalls),
            Route(f"{ONE}/firewalls/apply", self._apply, methods=["POST"]),
            Route(f"{ONE}/backups", self._backups),
            Route(f"{ONE}/interfaces", self._interfaces),
            Route(f"{ONE}/nodebalancers", self._nothing),
            Route(f"{ONE}/volumes", self._nothing),
        ]

    async def _nothing(self, request: Request) -> Response:
        if "id" in request.path_params:
            self._account.of("instances", request)
        return listing(request, ())

    async def _index(self, request: Request) -> Response:
        instances = self._account.store.table("instances").values()
        four = [render_address(a) for a in self._account.store.table("addresses").values()]
        six = [render_address6(self._account, instance) for instance in instances]
        return listing(request, [*four, *six])

    async def _show(self, request: Request) -> Response:
        return JSONResponse(self._render(self._of(request)))

    async def _update(self, request: Request) -> Response:
        record, body = self._of(request), await body_of(request)
        name = body.get("rdns")
        if name is not None and (not isinstance(name, str) or "." not in name):
            raise invalid("rdns", "rdns must be a valid domain name")
        if "address" in record:
            if not record["public"]:
                raise invalid("rdns", "Private addresses have no reverse DNS")
            record["rdns"] = name
        else:
            record["rdns6"] = name
        self._account.store.save()
        return JSONResponse(self._render(record))

    def _of(self, request: Request) -> Record:
        """The address that the path names: a record of it, or the Linode whose own IPv6 it is."""
        text = request.path_params["address"]
        only = self._account.of("instances", request) if "id" in request.path_params else None
        for record in self._account.store.table("addresses").values():
            if record["address"] == text and only in (
                None,
                self._account.get("instances", record["instance"]),
            ):
                return record
        for instance in self._account.store.table("instances").values():
            if only in (None, instance) and text == address6_of(self._account, instance):
                return instance
        raise not_found()

    def _render(self, record: Record) -> Record:
        if "address" in record:
            return render_address(record)
        return render_address6(self._account, record)

    async def _of_instance(self, request: Request) -> Response:
        instance = self._account.of("instances", request)
        every = self._account.parts("addresses", instance)
        ipv4: dict[str, Any] = {
            "public": [render_address(each) for each in every if each["public"]],
            "private": [render_address(each) for each in every if not each["public"]],
            "shared": [],
            "reserved": [],
            "vpc": [],
        }
        ipv6 = {
            "link_local": render_address6(self._account, instance, local=True),
            "slaac": render_address6(self._account, instance),
            "global": [],
            "vpc": [],
        }
        return JSONResponse({"ipv4": ipv4, "ipv6": ipv6})

    async def _allocate(self, request: Request) -> Response:
        instance, body = self._account.of("instances", request), await body_of(request)
        if body.get("type") != "ipv4":
            raise invalid("type", "type must be ipv4")
        if flag(body, "public", default=True):
            raise unsupported("public", "a second public address of a Linode")
        if any(not each["public"] for each in self._account.parts("addresses", instance)):
            raise invalid("", "Linode already has a private address")
        made = allocate(self._account, instance, public=False)
        self._account.store.save()
        return JSONResponse(render_address(made))

    async def _firewalls(self, request: Request) -> Response:
        instance = self._account.of("instances", request)

        def render(firewall: Record) -> Record:
            return render_firewall(self._account, firewall)

        return listing(request, firewalls_of(self._account, instance), render=render)

    async def _apply(self, request: Request) -> Response:
        instance = self._account.of("instances", request)
        await filter_traffic(self._account, instance)
        self._account.events.note("firewall_apply", "linode", instance)
        return JSONResponse({})

    async def _backups(self, request: Request) -> Response:
        self._account.of("instances", request)
        return JSONResponse({"automatic": [], "snapshot": {"current": None, "in_progress": None}})

    async def _interfaces(self, request: Request) -> Response:
        self._account.of("instances", request)
        return JSONResponse({"interfaces": []})
