"""What can be done to a server: power, resize, rebuild, reverse DNS, protection, backups."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.hetzner.addresses import point
from lab.clouds.hetzner.catalog import SERVER_TYPES
from lab.clouds.hetzner.errors import ApiError, invalid, unsupported
from lab.clouds.hetzner.power import Power, Work
from lab.clouds.hetzner.project import Project, machine_name
from lab.clouds.hetzner.server_request import expect_available, image_of, server_type_of
from lab.clouds.hetzner.server_view import addresses_of
from lab.clouds.hetzner.store import Record
from lab.clouds.hetzner.validation import body_of, flag, text

Body = dict[str, Any]


class ServerActions:
    """`POST /servers/{id}/actions/{command}`."""

    def __init__(self, project: Project, power: Power) -> None:
        self._project = project
        self._power = power
        self._commands = {
            "poweron": self._power_on,
            "poweroff": self._power_off,
            "shutdown": self._shut_down,
            "reboot": self._reboot,
            "reset": self._reset,
            "change_type": self._change_type,
            "rebuild": self._rebuild,
            "change_dns_ptr": self._change_dns_ptr,
            "change_protection": self._change_protection,
            "enable_backup": self._enable_backup,
            "disable_backup": self._disable_backup,
        }

    def routes(self) -> list[Route]:
        """See the class."""
        return [Route("/servers/{id:int}/actions/{command}", self._post, methods=["POST"])]

    async def _post(self, request: Request) -> Response:
        server = self._project.of("servers", request)
        command = self._commands.get(request.path_params["command"])
        if command is None:
            raise unsupported(f"the server action {request.path_params['command']}")
        body = await body_of(request)
        await self._power.observe(server)
        if server["locked"]:
            raise ApiError("locked", "server is locked")
        return JSONResponse({"action": command(server, body)}, 201)

    def _power_on(self, server: Record, _: Body) -> Record:
        return self._power.start("start_server", server, self._power.boot(server))

    def _power_off(self, server: Record, _: Body) -> Record:
        work = self._power.call(server, self._project.machines.power_off)
        return self._power.start("stop_server", server, work)

    def _shut_down(self, server: Record, _: Body) -> Record:
        work = self._power.call(server, self._project.machines.shut_down)
        return self._power.start("shutdown_server", server, work)

    def _reboot(self, server: Record, _: Body) -> Record:
        if server["status"] != "running":
            raise ApiError("server_not_running", "server must be running")
        work = self._power.call(server, self._project.machines.reboot)
        return self._power.start("reboot_server", server, work)

    def _reset(self, server: Record, _: Body) -> Record:
        off = self._power.call(server, self._project.machines.power_off)
        boot = self._power.boot(server)

        async def work() -> None:
            await off()
            await boot()

        return self._power.start("reset_server", server, work)

    def _change_type(self, server: Record, body: Body) -> Record:
        wanted = server_type_of(body)
        if "upgrade_disk" not in body:
            raise invalid("upgrade_disk", "Missing data for required field.")
        grow = flag(body, "upgrade_disk", default=True)
        if server["status"] != "off":
            raise ApiError("server_not_stopped", "server must be stopped")
        current = SERVER_TYPES[server["server_type"]]
        if wanted is current:
            raise ApiError("invalid_server_type", f"server is already of type {wanted['name']}")
        if wanted["architecture"] != current["architecture"]:
            raise ApiError("invalid_server_type", "server type has another architecture")
        if wanted["disk"] < server["primary_disk_size"]:
            raise ApiError("invalid_server_type", "server disk is bigger than the target disk")
        if server["location"] not in [each["name"] for each in wanted["locations"]]:
            raise ApiError("invalid_server_type", "unsupported location for server type")
        expect_available(wanted, server["location"])
        boot = self._power.boot(server)

        async def work() -> None:
            server["server_type"] = wanted["name"]
            if grow:
                server["primary_disk_size"] = wanted["disk"]
            await boot()  # as documented: the disk is copied, then the server is started again

        return self._power.start("change_server_type", server, work, status="migrating")

    def _rebuild(self, server: Record, body: Body) -> Record:
        if server["protection"]["rebuild"]:
            raise ApiError("protected", "server rebuild is protected")
        if body.get("user_data"):
            raise unsupported("new user data in a rebuild")
        image = image_of(body, SERVER_TYPES[server["server_type"]]["architecture"])
        boot = self._power.boot(server)

        async def work() -> None:
            server["image"] = image["id"]
            if server["born"]:
                rebuild = self._project.machines.rebuild
                await asyncio.to_thread(rebuild, machine_name(server), image=image["name"])
            else:
                await boot()

        return self._power.start("rebuild_server", server, work, status="rebuilding")

    def _change_dns_ptr(self, server: Record, body: Body) -> Record:
        ip = text(body, "ip", required=True) or ""
        kind = "ipv6" if ":" in ip else "ipv4"
        primary_ip = addresses_of(self._project, server).get(kind)
        if primary_ip is None:
            raise invalid("ip", f"'{ip}' is not an address of this server")
        point(primary_ip, ip, text(body, "dns_ptr"))
        return self._quick("change_dns_ptr", server)

    def _change_protection(self, server: Record, body: Body) -> Record:
        wanted = {
            key: flag(body, key, default=server["protection"][key]) for key in ("delete", "rebuild")
        }
        if wanted["delete"] != wanted["rebuild"]:
            raise invalid("delete", "delete and rebuild must have the same value")
        server["protection"] = wanted
        return self._quick("change_protection", server)

    def _enable_backup(self, server: Record, _: Body) -> Record:
        server["backup_window"] = "22-02"
        return self._quick("enable_backup", server)

    def _disable_backup(self, server: Record, _: Body) -> Record:
        server["backup_window"] = None
        return self._quick("disable_backup", server)

    def _quick(self, command: str, server: Record) -> Record:
        """An action about a change that has been made already."""
        nothing: Work = self._power.call(server, lambda _: None)
        return self._power.start(command, server, nothing)
