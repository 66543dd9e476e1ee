"""Primary IPs: the addresses of servers, made with them or kept apart from them."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.hetzner.addresses import allocate, point, pointers
from lab.clouds.hetzner.catalog import LOCATIONS
from lab.clouds.hetzner.errors import ApiError, invalid, not_unique, unsupported
from lab.clouds.hetzner.listing import listing
from lab.clouds.hetzner.project import Project, about
from lab.clouds.hetzner.store import Record
from lab.clouds.hetzner.validation import body_of, flag, labels_of, name_of, text


class PrimaryIps:
    """The endpoints under /primary_ips."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._table = project.store.table("primary_ips")

    def routes(self) -> list[Route]:
        """See the class."""
        one = "/primary_ips/{id:int}"
        return [
            Route("/primary_ips", self._index),
            Route("/primary_ips", self._create, methods=["POST"]),
            Route(one, self._show),
            Route(one, self._update, methods=["PUT"]),
            Route(one, self._delete, methods=["DELETE"]),
            Route(f"{one}/actions/assign", self._assign, methods=["POST"]),
            Route(f"{one}/actions/unassign", self._unassign, methods=["POST"]),
            Route(f"{one}/actions/change_dns_ptr", self._change_dns_ptr, methods=["POST"]),
            Route(f"{one}/actions/change_protection", self._change_protection, methods=["POST"]),
        ]

    def _render(self, primary_ip: Record) -> Record:
        location = LOCATIONS[primary_ip["location"]]
        return {**primary_ip, "location": location, "dns_ptr": pointers(primary_ip)}

    def _done(self, command: str, primary_ip: Record) -> Response:
        """Answer with an action about a change that has been made."""
        action = self._project.actions.start(command, [about("primary_ip", primary_ip)])
        return JSONResponse({"action": action}, 201)

    async def _index(self, request: Request) -> Response:
        return listing(
            request,
            "primary_ips",
            self._table.values(),
            filters=("name", "ip"),
            sorts=("id", "created"),
            render=self._render,
        )

    async def _create(self, request: Request) -> Response:
        body = await body_of(request)
        name, kind, location = (
            name_of(body),
            text(body, "type", required=True),
            body.get("location"),
        )
        if "datacenter" in body:
            raise invalid("datacenter", "Unknown field; use location.")
        if kind not in ("ipv4", "ipv6"):
            raise invalid("type", "Must be one of: ipv4, ipv6.")
        if self._project.named("primary_ips", name):
            raise not_unique("primary IP name is already used", "name")
        if "assignee_id" in body:
            server = self._project.get("servers", body["assignee_id"])
            self._expect_unborn(server, kind)
            location = server["location"]
        if location not in LOCATIONS:
            raise invalid("location", f"location '{location}' not found")
        primary_ip = allocate(
            self._project,
            kind,
            location,
            name=name,
            labels=labels_of(body),
            auto_delete=flag(body, "auto_delete", default=False),
            assignee_id=body.get("assignee_id"),
        )
        action = self._project.actions.start("create_primary_ip", [about("primary_ip", primary_ip)])
        return JSONResponse({"primary_ip": self._render(primary_ip), "action": action}, 201)

    async def _show(self, request: Request) -> Response:
        return JSONResponse({"primary_ip": self._render(self._project.of("primary_ips", request))})

    async def _update(self, request: Request) -> Response:
        primary_ip, body = self._project.of("primary_ips", request), await body_of(request)
        if "name" in body:
            primary_ip["name"] = name_of(body)
        if "labels" in body:
            primary_ip["labels"] = labels_of(body)
        primary_ip["auto_delete"] = flag(body, "auto_delete", default=primary_ip["auto_delete"])
        self._project.store.save()
        return JSONResponse({"primary_ip": self._render(primary_ip)})

    async def _delete(self, request: Request) -> Response:
        primary_ip = self._project.of("primary_ips", request)
        if primary_ip["protection"]["delete"]:
            raise ApiError("protected", "primary IP deletion is protected")
        if primary_ip["assignee_id"] is not None:  # then it is unassigned first, as documented
            self._expect_unborn(self._project.get("servers", primary_ip["assignee_id"]), None)
        del self._table[primary_ip["id"]]
        self._project.store.save()
        return Response(status_code=204)

    async def _assign(self, request: Request) -> Response:
        primary_ip, body = self._project.of("primary_ips", request), await body_of(request)
        server = self._project.get("servers", body.get("assignee_id"))
        if primary_ip["assignee_id"] is not None:
            raise ApiError("primary_ip_already_assigned", "primary IP is already assigned")
        self._expect_unborn(server, primary_ip["type"])
        primary_ip["assignee_id"] = server["id"]
        return self._done("assign_primary_ip", primary_ip)

    async def _unassign(self, request: Request) -> Response:
        primary_ip = self._project.of("primary_ips", request)
        if primary_ip["assignee_id"] is not None:
            server = self._project.get("servers", primary_ip["assignee_id"])
            self._expect_unborn(server, None)
            primary_ip["assignee_id"] = None
        return self._done("unassign_primary_ip", primary_ip)

    def _expect_unborn(self, server: Record, kind: str | None) -> None:
        """A machine of the lab keeps the addresses it was born with."""
        if server["status"] != "off":
            raise ApiError("server_not_stopped", "server must be off")
        if server["born"]:
            raise unsupported("changing the addresses of a server that has been started before")
        assigned = [r for r in self._table.values() if r["assignee_id"] == server["id"]]
        if kind is not None and any(each["type"] == kind for each in assigned):
            raise ApiError(f"server_has_{kind}", f"server already has an {kind} address")

    async def _change_dns_ptr(self, request: Request) -> Response:
        primary_ip, body = self._project.of("primary_ips", request), await body_of(request)
        point(primary_ip, text(body, "ip", required=True) or "", text(body, "dns_ptr"))
        return self._done("change_dns_ptr", primary_ip)

    async def _change_protection(self, request: Request) -> Response:
        primary_ip, body = self._project.of("primary_ips", request), await body_of(request)
        primary_ip["protection"] = {"delete": flag(body, "delete", default=False)}
        return self._done("change_protection", primary_ip)
