"""One account: its resources, its running jobs and the machines behind its Linodes."""

from dataclasses import dataclass

from starlette.requests import Request

from lab.clouds.linode.errors import not_found
from lab.clouds.linode.events import Events
from lab.clouds.linode.store import Record, Store
from lab.machines import Machines


@dataclass(frozen=True, kw_only=True)
class Account:
    """What every handler works on."""

    store: Store
    events: Events
    machines: Machines
    instance_limit: int

    def get(self, kind: str, key: object) -> Record:
        """The resource with that id; 404 if there is none."""
        found = self.store.table(kind).get(int(str(key))) if str(key).isdigit() else None
        if found is None:
            raise not_found()
        return found

    def of(self, kind: str, request: Request) -> Record:
        """The resource that the request's path names."""
        return self.get(kind, request.path_params["id"])

    def labelled(self, kind: str, label: str) -> Record | None:
        """The resource with that label, if any."""
        return next((r for r in self.store.table(kind).values() if r["label"] == label), None)

    def part_of(self, kind: str, instance: Record, key: object) -> Record:
        """A disk or configuration profile of that Linode; 404 if there is none."""
        part = self.get(kind, key)
        if part["instance"] != instance["id"]:
            raise not_found()
        return part

    def parts(self, kind: str, instance: Record) -> list[Record]:
        """All disks, configuration profiles or addresses of a Linode."""
        key = instance["id"]
        return [each for each in self.store.table(kind).values() if each["instance"] == key]


def machine_name(instance: Record) -> str:
    """What the lab calls the machine of a Linode."""
    return f"linode-{instance['id']}"
