"""The account: its resources, its running actions and the machines behind its droplets."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from starlette.requests import Request

from lab.clouds.digitalocean.errors import not_found
from lab.clouds.digitalocean.store import Record, Store, now
from lab.machines import Machines


@dataclass(frozen=True, kw_only=True)
class Account:
    """What every handler works on. action_seconds: what each action takes besides its work."""

    store: Store
    machines: Machines
    droplet_limit: int
    action_seconds: float

    def get(self, kind: str, key: Any) -> Record:
        """The resource with that key; 404 if there is none."""
        found = self.store.table(kind).get(key)
        if found is None:
            raise not_found()
        return found

    def of(self, kind: str, request: Request) -> Record:
        """The resource that the request's path names."""
        return self.get(kind, request.path_params["id"])

    def default_vpc(self, region: str) -> Record:
        """The region's default VPC, made with the first droplet there."""
        table = self.store.table("vpcs")
        for vpc in table.values():
            if vpc["region"] == region and vpc["default"]:
                return vpc
        key = str(uuid4())
        return self.store.add(
            "vpcs",
            {
                "id": key,
                "urn": f"do:vpc:{key}",
                "name": f"default-{region}",
                "description": "",
                "region": region,
                "ip_range": f"10.{114 + len(table)}.0.0/20",
                "created_at": now(),
                "default": True,
            },
        )

    def add_tags(self, names: list[str]) -> None:
        """Have the tags: a droplet's come into being with it."""
        table = self.store.table("tags")
        for name in names:
            if name.lower() not in table:
                self.store.add("tags", {"name": name})

    def tagged(self, tag: str) -> list[Record]:
        """The droplets with that tag."""
        return [
            droplet
            for droplet in self.store.table("droplets").values()
            if has_tag(droplet["tags"], tag)
        ]


def has_tag(names: list[str], tag: str) -> bool:
    """Whether a tag is among the names; case does not count."""
    return tag.lower() in [name.lower() for name in names]


def machine_name(droplet: Record) -> str:
    """What the lab calls the machine of a droplet."""
    return f"digitalocean-{droplet['id']}"
