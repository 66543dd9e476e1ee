"""One project: its resources, its running actions and the machines behind its servers."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from lab.clouds.hetzner.actions import Actions
from lab.clouds.hetzner.errors import not_found
from lab.clouds.hetzner.store import Record, Store
from lab.machines import Machines

SINGULAR = {
    "servers": "server",
    "firewalls": "firewall",
    "ssh_keys": "SSH key",
    "primary_ips": "primary IP",
    "actions": "action",
}


@dataclass(frozen=True, kw_only=True)
class Project:
    """What every handler works on."""

    store: Store
    actions: Actions
    machines: Machines
    server_limit: int

    def get(self, kind: str, key: object) -> Record:
        """The resource with that id; 404 if there is none."""
        found = self.store.table(kind).get(int(str(key))) if str(key).isdigit() else None
        if found is None:
            raise not_found(SINGULAR[kind], key)
        return found

    def of(self, kind: str, request: Request) -> Record:
        """The resource that the request's path names."""
        return self.get(kind, request.path_params["id"])

    def named(self, kind: str, name: str) -> Record | None:
        """The resource with that name, if any."""
        return next((r for r in self.store.table(kind).values() if r.get("name") == name), None)

    def by_id_or_name(self, kind: str, key: Any) -> Record | None:
        """The resource with that id or, failing that, that name."""
        table = self.store.table(kind)
        found = table.get(int(key)) if str(key).isdigit() else None
        return found or self.named(kind, str(key))


def machine_name(server: Record) -> str:
    """What the lab calls the machine of a server."""
    return f"hetzner-{server['id']}"


def about(kind: str, record: Record) -> tuple[str, int]:
    """A resource as an action refers to it."""
    return kind, record["id"]
