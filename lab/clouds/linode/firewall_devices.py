"""What is behind a firewall: Linodes, as the firewall's devices."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.linode.account import Account
from lab.clouds.linode.errors import invalid, not_found, unsupported
from lab.clouds.linode.firewall_traffic import filter_traffic, firewalls_of
from lab.clouds.linode.listing import listing
from lab.clouds.linode.store import Record, now
from lab.clouds.linode.validation import body_of, number

PATH = "/networking/firewalls/{id:int}/devices"


def assign(account: Account, firewall: Record, instance: Record) -> Record:
    """Put a Linode behind a firewall; the device. The caller filters the traffic."""
    others = [each for each in firewalls_of(account, instance) if each["status"] == "enabled"]
    if firewall in firewalls_of(account, instance) or (others and firewall["status"] == "enabled"):
        raise invalid("", f"Linode {instance['id']} is already assigned to a Firewall")
    moment = now()
    device: Record = {
        "id": account.store.next_number(),
        "linode": instance["id"],
        "created": moment,
        "updated": moment,
    }
    firewall["devices"].append(device)
    return device


def release(account: Account, instance: Record) -> None:
    """Forget a Linode that is going away."""
    for firewall in account.store.table("firewalls").values():
        firewall["devices"] = [d for d in firewall["devices"] if d["linode"] != instance["id"]]


async def apply(account: Account, firewall: Record) -> None:
    """Filter the traffic of all Linodes behind a firewall anew."""
    for device in firewall["devices"]:
        await filter_traffic(account, account.get("instances", device["linode"]))
    account.store.save()


def entity_of(instance: Record) -> Record:
    """How a Linode is shown where it is behind a firewall."""
    url = f"/v4/linode/instances/{instance['id']}"
    return {"id": instance["id"], "label": instance["label"], "type": "linode", "url": url,
            "parent_entity": None}  # fmt: skip


def instance_of(account: Account, key: Any, field: str) -> Record:
    """The Linode that a field of a request names."""
    found = account.store.table("instances").get(key)
    if found is None:
        raise invalid(field, f"Linode {key} not found")
    return found


class FirewallDevices:
    """The endpoints under /networking/firewalls/{id}/devices."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route(PATH, self._devices),
            Route(PATH, self._assign, methods=["POST"]),
            Route(f"{PATH}/{{device:int}}", self._device),
            Route(f"{PATH}/{{device:int}}", self._release, methods=["DELETE"]),
        ]

    def _render_device(self, device: Record) -> Record:
        entity = entity_of(self._account.get("instances", device["linode"]))
        return {**{k: device[k] for k in ("id", "created", "updated")}, "entity": entity}

    async def _devices(self, request: Request) -> Response:
        firewall = self._account.of("firewalls", request)
        return listing(request, firewall["devices"], render=self._render_device)

    async def _assign(self, request: Request) -> Response:
        firewall, body = self._account.of("firewalls", request), await body_of(request)
        if body.get("type") != "linode":
            raise unsupported("type", f"devices of type {body.get('type')!r}")
        instance = instance_of(self._account, number(body, "id"), "id")
        device = assign(self._account, firewall, instance)
        self._account.events.note("firewall_device_add", "firewall", firewall)
        await apply(self._account, firewall)
        return JSONResponse(self._render_device(device))

    async def _device(self, request: Request) -> Response:
        return JSONResponse(self._render_device(self._device_of(request)))

    async def _release(self, request: Request) -> Response:
        firewall, device = self._account.of("firewalls", request), self._device_of(request)
        instance = self._account.get("instances", device["linode"])
        firewall["devices"].remove(device)
        self._account.events.note("firewall_device_remove", "firewall", firewall)
        await filter_traffic(self._account, instance)
        self._account.store.save()
        return JSONResponse({})

    def _device_of(self, request: Request) -> Record:
        key, firewall = request.path_params["device"], self._account.of("firewalls", request)
        found: Record | None = next((d for d in firewall["devices"] if d["id"] == key), None)
        if found is None:
            raise not_found()
        return found
