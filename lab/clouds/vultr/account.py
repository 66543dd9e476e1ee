"""One account: its resources and the machines behind its instances."""

from dataclasses import dataclass

from starlette.requests import Request

from lab.clouds.vultr.errors import not_found
from lab.clouds.vultr.store import Record, Store
from lab.machines import Machines


@dataclass(frozen=True, kw_only=True)
class Account:
    """What every handler works on.

    instance_limit: how many instances may be there at once. boot_seconds: how long an instance is
    `pending` besides its machine's own start. cloudflare: CIDRs that the firewall source
    `cloudflare` stands for.
    """

    store: Store
    machines: Machines
    instance_limit: int
    boot_seconds: float
    cloudflare: tuple[str, ...]

    def get(self, kind: str, key: object) -> Record:
        """The resource with that id; 404 if there is none."""
        found = self.store.table(kind).get(str(key))
        if found is None:
            raise not_found(kind)
        return found

    def of(self, kind: str, request: Request) -> Record:
        """The resource that the request's path names."""
        return self.get(kind, request.path_params["id"])


def machine_name(instance: Record) -> str:
    """What the lab calls the machine of an instance."""
    return f"vultr-{instance['number']}"
