"""Firewalls: kept, applied to servers, and really filtering at their machines."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.hetzner.errors import ApiError, not_unique
from lab.clouds.hetzner.firewall_rules import inbound, resources_of, rules_of
from lab.clouds.hetzner.listing import listing
from lab.clouds.hetzner.project import Project, about, machine_name
from lab.clouds.hetzner.store import Record
from lab.clouds.hetzner.validation import body_of, labels_of, name_of, selects


def firewalls_of(project: Project, server: Record) -> list[Record]:
    """The firewalls that a server is behind, by itself or by its labels."""
    return [
        firewall
        for firewall in project.store.table("firewalls").values()
        if any(_covers(item, server) for item in firewall["applied_to"])
    ]


def _covers(item: Record, server: Record) -> bool:
    if item["type"] == "server":
        return bool(item["server"]["id"] == server["id"])
    return selects(item["label_selector"]["selector"], server["labels"])


async def filter_traffic(project: Project, server: Record) -> None:
    """Make the machine's filter what the server's firewalls say."""
    if server["born"]:
        rules = inbound(firewalls_of(project, server))
        await asyncio.to_thread(project.machines.set_firewall, machine_name(server), rules)


def detach_everywhere(project: Project, server: Record) -> None:
    """Forget a server that is going away."""
    for firewall in project.store.table("firewalls").values():
        firewall["applied_to"] = [
            item
            for item in firewall["applied_to"]
            if item["type"] != "server" or item["server"]["id"] != server["id"]
        ]


class Firewalls:
    """The endpoints under /firewalls."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._table = project.store.table("firewalls")

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/firewalls", self._index),
            Route("/firewalls", self._create, methods=["POST"]),
            Route("/firewalls/{id:int}", self._show),
            Route("/firewalls/{id:int}", self._update, methods=["PUT"]),
            Route("/firewalls/{id:int}", self._delete, methods=["DELETE"]),
            Route("/firewalls/{id:int}/actions/set_rules", self._set_rules, methods=["POST"]),
            Route("/firewalls/{id:int}/actions/apply_to_resources", self._apply, methods=["POST"]),
            Route(
                "/firewalls/{id:int}/actions/remove_from_resources", self._remove, methods=["POST"]
            ),
        ]

    def _render(self, firewall: Record) -> Record:
        servers = self._project.store.table("servers").values()
        applied = []
        for item in firewall["applied_to"]:
            if item["type"] == "label_selector":
                reached = [
                    {"type": "server", "server": {"id": server["id"]}}
                    for server in servers
                    if _covers(item, server)
                ]
                applied.append({**item, "applied_to_resources": reached})
            else:
                applied.append(item)
        return {**firewall, "applied_to": applied}

    async def _index(self, request: Request) -> Response:
        return listing(
            request, "firewalls", self._table.values(), filters=("name",), render=self._render
        )

    async def _create(self, request: Request) -> Response:
        body = await body_of(request)
        name = name_of(body)
        if self._project.named("firewalls", name):
            raise not_unique("firewall name is already used", "name")
        resources = resources_of(body, "apply_to")
        self._expect_servers(resources)
        draft = {
            "name": name,
            "labels": labels_of(body),
            "rules": rules_of(body),
            "applied_to": resources,
        }
        firewall = self._project.store.add("firewalls", draft)
        actions = self._actions("apply_firewall", firewall, resources)
        return JSONResponse({"firewall": self._render(firewall), "actions": actions}, 201)

    async def _show(self, request: Request) -> Response:
        firewall = self._project.of("firewalls", request)
        return JSONResponse({"firewall": self._render(firewall)})

    async def _update(self, request: Request) -> Response:
        firewall, body = self._project.of("firewalls", request), await body_of(request)
        if "name" in body:
            other = self._project.named("firewalls", name_of(body))
            if other is not None and other is not firewall:
                raise not_unique("firewall name is already used", "name")
            firewall["name"] = name_of(body)
        if "labels" in body:
            firewall["labels"] = labels_of(body)
        self._project.store.save()
        return JSONResponse({"firewall": self._render(firewall)})

    async def _delete(self, request: Request) -> Response:
        firewall = self._project.of("firewalls", request)
        if firewall["applied_to"]:
            raise ApiError(
                "resource_in_use", f"firewall with ID '{firewall['id']}' is still in use"
            )
        del self._table[firewall["id"]]
        self._project.store.save()
        return Response(status_code=204)

    async def _set_rules(self, request: Request) -> Response:
        firewall = self._project.of("firewalls", request)
        firewall["rules"] = rules_of(await body_of(request))
        actions = self._actions("set_firewall_rules", firewall, firewall["applied_to"])
        return JSONResponse({"actions": actions}, 201)

    async def _apply(self, request: Request) -> Response:
        firewall = self._project.of("firewalls", request)
        resources = resources_of(await body_of(request), "apply_to")
        self._expect_servers(resources)
        if any(item in firewall["applied_to"] for item in resources):
            raise ApiError("firewall_already_applied", "firewall was already applied on resource")
        firewall["applied_to"] += resources
        actions = self._actions("apply_firewall", firewall, resources)
        return JSONResponse({"actions": actions}, 201)

    async def _remove(self, request: Request) -> Response:
        firewall = self._project.of("firewalls", request)
        resources = resources_of(await body_of(request), "remove_from")
        self._expect_servers(resources)
        if any(item not in firewall["applied_to"] for item in resources):
            raise ApiError("firewall_resource_not_found", "firewall is not applied to the resource")
        firewall["applied_to"] = [item for item in firewall["applied_to"] if item not in resources]
        actions = self._actions("remove_firewall", firewall, resources)
        return JSONResponse({"actions": actions}, 201)

    def _expect_servers(self, resources: list[Record]) -> None:
        servers = self._project.store.table("servers")
        for item in resources:
            if item["type"] == "server" and item["server"]["id"] not in servers:
                raise ApiError(
                    "firewall_resource_not_found",
                    f"server with ID '{item['server']['id']}' not found",
                )

    def _actions(self, command: str, firewall: Record, resources: list[Record]) -> list[Record]:
        """One action per server that the change reaches, each filtering its traffic anew."""
        servers = self._project.store.table("servers").values()
        reached = [s for s in servers if any(_covers(item, s) for item in resources)]
        self._project.store.save()

        def start(server: Record) -> Any:
            about_both = [about("firewall", firewall), about("server", server)]
            return self._project.actions.start(
                command, about_both, lambda: filter_traffic(self._project, server)
            )

        return [start(server) for server in reached]
