"""Servers: made, shown, renamed and deleted; each is a real machine of the lab."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.hetzner.addresses import allocate
from lab.clouds.hetzner.errors import ApiError, not_unique
from lab.clouds.hetzner.firewalls import detach_everywhere, filter_traffic
from lab.clouds.hetzner.listing import listing
from lab.clouds.hetzner.power import Power
from lab.clouds.hetzner.project import Project, about, machine_name
from lab.clouds.hetzner.server_request import ServerRequest, server_request
from lab.clouds.hetzner.server_view import render_server
from lab.clouds.hetzner.store import Record
from lab.clouds.hetzner.validation import body_of, labels_of, name_of


class Servers:
    """The endpoints under /servers, without a server's actions."""

    def __init__(self, project: Project, power: Power) -> None:
        self._project = project
        self._power = power
        self._table = project.store.table("servers")

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/servers", self._index),
            Route("/servers", self._create, methods=["POST"]),
            Route("/servers/{id:int}", self._show),
            Route("/servers/{id:int}", self._update, methods=["PUT"]),
            Route("/servers/{id:int}", self._delete, methods=["DELETE"]),
        ]

    def _render(self, server: Record) -> Record:
        return render_server(self._project, server)

    async def _index(self, request: Request) -> Response:
        for server in self._table.values():
            await self._power.observe(server)
        return listing(
            request,
            "servers",
            self._table.values(),
            filters=("name", "status"),
            render=self._render,
        )

    async def _create(self, request: Request) -> Response:
        asked = server_request(self._project, await body_of(request))
        server = self._add(asked)
        made = about("server", server)
        image = ("image", asked.image["id"])
        actions = self._project.actions
        steps = [(actions.new("create_server", [made, image]), self._power.settle(server))]
        if asked.start:
            steps.append((actions.new("start_server", [made]), self._power.boot(server)))
        server["locked"] = True
        server["status"] = "initializing"
        actions.run(self._power.exclusively(server, steps))
        body = {
            "server": self._render(server),
            "action": steps[0][0],
            "next_actions": [action for action, _ in steps[1:]],
            "root_password": None,  # nosec B105 - the images let nobody in by password
        }
        return JSONResponse(body, 201)

    def _add(self, asked: ServerRequest) -> Record:
        draft = {
            "name": asked.name,
            "server_type": asked.server_type["name"],
            "image": asked.image["id"],
            "location": asked.location,
            "labels": asked.labels,
            "user_data": asked.user_data,
            "authorized_keys": asked.authorized_keys,
            "primary_disk_size": asked.server_type["disk"],
            "protection": {"delete": False, "rebuild": False},
            "backup_window": None,
            "status": "initializing",
            "locked": False,
            "born": False,
        }
        server = self._project.store.add("servers", draft)
        for kind, given in asked.addresses.items():
            if given is None:
                owner = {"assignee_id": server["id"], "auto_delete": True}
                allocate(self._project, kind, asked.location, **owner)
            else:
                given["assignee_id"] = server["id"]
        for firewall in asked.firewalls:
            firewall["applied_to"].append({"type": "server", "server": {"id": server["id"]}})
        return server

    async def _show(self, request: Request) -> Response:
        server = self._project.of("servers", request)
        await self._power.observe(server)
        return JSONResponse({"server": self._render(server)})

    async def _update(self, request: Request) -> Response:
        server, body = self._project.of("servers", request), await body_of(request)
        if "name" in body:
            name = name_of(body, hostname=True)
            other = self._project.named("servers", name)
            if other is not None and other is not server:
                raise not_unique("server name is already used", "name")
            server["name"] = name
        if "labels" in body:
            server["labels"] = labels_of(body)
            await filter_traffic(self._project, server)
        self._project.store.save()
        return JSONResponse({"server": self._render(server)})

    async def _delete(self, request: Request) -> Response:
        server = self._project.of("servers", request)
        if server["protection"]["delete"]:
            raise ApiError("protected", "server deletion is protected")

        async def remove() -> None:
            await asyncio.to_thread(self._project.machines.delete, machine_name(server))
            self._forget(server)

        action = self._power.start("delete_server", server, remove, status="deleting")
        return JSONResponse({"action": action})

    def _forget(self, server: Record) -> None:
        detach_everywhere(self._project, server)
        addresses = self._project.store.table("primary_ips")
        for primary_ip in list(addresses.values()):
            if primary_ip["assignee_id"] == server["id"]:
                primary_ip["assignee_id"] = None
                if primary_ip["auto_delete"]:
                    del addresses[primary_ip["id"]]
        del self._table[server["id"]]
