"""Firewalls: kept, assigned to Linodes, and really filtering at their machines."""

import hashlib
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.linode.account import Account
from lab.clouds.linode.errors import invalid, not_found, unsupported
from lab.clouds.linode.firewall_rules import rules_of
from lab.clouds.linode.firewall_traffic import filter_traffic, firewalls_of
from lab.clouds.linode.listing import listing
from lab.clouds.linode.store import Record, now
from lab.clouds.linode.tags import remember_tags
from lab.clouds.linode.validation import body_of, label_of, number, tags_of

PATH = "/networking/firewalls"
STATUSES = ("enabled", "disabled")
OTHER_DEVICES = ("nodebalancers", "linode_interfaces")


def assign(account: Account, firewall: Record, instance: Record) -> Record:
    """Put a Linode behind a firewall; the device. The caller filters the traffic."""
    others = [each for each in firewalls_of(account, instance) if each["status"] == "enabled"]
    if firewall in firewalls_of(account, instance) or (others and firewall["status"] == "enabled"):
        raise invalid("", f"Linode {instance['id']} is already assigned to a Firewall")
    moment = now()
    device: Record = {
        "id": account.store.next_id(),
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


class Firewalls:
    """The endpoints under /networking/firewalls."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._table = account.store.table("firewalls")

    def routes(self) -> list[Route]:
        """See the class."""
        one = f"{PATH}/{{id:int}}"
        return [
            Route(PATH, self._index),
            Route(PATH, self._create, methods=["POST"]),
            Route(f"{PATH}/settings", self._settings),
            Route(one, self._show),
            Route(one, self._update, methods=["PUT"]),
            Route(one, self._delete, methods=["DELETE"]),
            Route(f"{one}/rules", self._rules),
            Route(f"{one}/rules", self._set_rules, methods=["PUT"]),
            Route(f"{one}/devices", self._devices),
            Route(f"{one}/devices", self._assign, methods=["POST"]),
            Route(f"{one}/devices/{{device:int}}", self._device),
            Route(f"{one}/devices/{{device:int}}", self._release, methods=["DELETE"]),
        ]

    def _render(self, firewall: Record) -> Record:
        return render_firewall(self._account, firewall)

    def _render_device(self, device: Record) -> Record:
        entity = _entity(self._account.get("instances", device["linode"]))
        return {**{k: device[k] for k in ("id", "created", "updated")}, "entity": entity}

    async def _index(self, request: Request) -> Response:
        return listing(request, self._table.values(), render=self._render)

    async def _settings(self, _: Request) -> Response:
        kinds = ("linode", "nodebalancer", "public_interface", "vpc_interface")
        return JSONResponse({"default_firewall_ids": dict.fromkeys(kinds)})

    async def _create(self, request: Request) -> Response:
        body = await body_of(request)
        label = label_of(body, "firewalls")
        if self._account.labelled("firewalls", label):
            raise invalid("label", "Label must be unique among your Cloud Firewalls")
        rules, devices = body.get("rules"), body.get("devices", {})
        if not isinstance(rules, dict):
            raise invalid("rules", "rules is required")
        if not isinstance(devices, dict):
            raise invalid("devices", "Must be an object")
        for kind in OTHER_DEVICES:
            if devices.get(kind):
                raise unsupported(f"devices.{kind}", kind)
        draft = {
            "label": label,
            "tags": tags_of(body),
            "status": "enabled",
            "rules": _versioned(rules_of(rules, prefix="rules."), 1),
            "devices": [],
        }
        instances = [self._instance(key, "devices.linodes") for key in devices.get("linodes") or []]
        firewall = self._account.store.add("firewalls", draft)
        try:
            for instance in instances:
                assign(self._account, firewall, instance)
        except Exception:
            del self._table[firewall["id"]]
            raise
        remember_tags(self._account, draft["tags"])
        self._account.events.note("firewall_create", "firewall", firewall)
        await self._apply(firewall)
        return JSONResponse(self._render(firewall))

    async def _show(self, request: Request) -> Response:
        return JSONResponse(self._render(self._account.of("firewalls", request)))

    async def _update(self, request: Request) -> Response:
        firewall, body = self._account.of("firewalls", request), await body_of(request)
        if "label" in body:
            label = label_of(body, "firewalls")
            if self._account.labelled("firewalls", label) not in (None, firewall):
                raise invalid("label", "Label must be unique among your Cloud Firewalls")
            firewall["label"] = label
        if "status" in body:
            if body["status"] not in STATUSES:
                raise invalid("status", "Must be one of enabled, disabled")
            firewall["status"] = body["status"]
        if "tags" in body:
            firewall["tags"] = tags_of(body)
            remember_tags(self._account, firewall["tags"])
        firewall["updated"] = now()
        self._account.events.note("firewall_update", "firewall", firewall)
        await self._apply(firewall)
        return JSONResponse(self._render(firewall))

    async def _delete(self, request: Request) -> Response:
        firewall = self._account.of("firewalls", request)
        del self._table[firewall["id"]]
        self._account.events.note("firewall_delete", "firewall", firewall)
        await self._apply(firewall)
        return JSONResponse({})

    async def _rules(self, request: Request) -> Response:
        return JSONResponse(self._account.of("firewalls", request)["rules"])

    async def _set_rules(self, request: Request) -> Response:
        firewall, body = self._account.of("firewalls", request), await body_of(request)
        firewall["rules"] = _versioned(rules_of(body), firewall["rules"]["version"] + 1)
        firewall["updated"] = now()
        self._account.events.note("firewall_rules_update", "firewall", firewall)
        await self._apply(firewall)
        return JSONResponse(firewall["rules"])

    async def _devices(self, request: Request) -> Response:
        firewall = self._account.of("firewalls", request)
        return listing(request, firewall["devices"], render=self._render_device)

    async def _assign(self, request: Request) -> Response:
        firewall, body = self._account.of("firewalls", request), await body_of(request)
        if body.get("type") != "linode":
            raise unsupported("type", f"devices of type {body.get('type')!r}")
        instance = self._instance(number(body, "id"), "id")
        device = assign(self._account, firewall, instance)
        self._account.events.note("firewall_device_add", "firewall", firewall)
        await self._apply(firewall)
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

    def _instance(self, key: Any, field: str) -> Record:
        found = self._account.store.table("instances").get(key)
        if found is None:
            raise invalid(field, f"Linode {key} not found")
        return found

    async def _apply(self, firewall: Record) -> None:
        """Filter the traffic of all Linodes behind a firewall anew."""
        for device in firewall["devices"]:
            await filter_traffic(self._account, self._account.get("instances", device["linode"]))
        self._account.store.save()


def render_firewall(account: Account, firewall: Record) -> Record:
    """The JSON form of a firewall."""
    table = account.store.table("instances")
    entities = [_entity(table[device["linode"]]) for device in firewall["devices"]]
    return {**{k: v for k, v in firewall.items() if k != "devices"}, "entities": entities}


def _entity(instance: Record) -> Record:
    url = f"/v4/linode/instances/{instance['id']}"
    return {"id": instance["id"], "label": instance["label"], "type": "linode", "url": url,
            "parent_entity": None}  # fmt: skip


def _versioned(rules: Record, version: int) -> Record:
    """A rule set with the marks by which the API tells its versions apart."""
    text = json.dumps(rules, sort_keys=True).encode()
    return {**rules, "version": version, "fingerprint": hashlib.sha256(text).hexdigest()[:8]}
