"""Firewalls: kept, assigned to Linodes, and really filtering at their machines."""

import hashlib
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.linode.account import Account
from lab.clouds.linode.errors import invalid, unsupported
from lab.clouds.linode.firewall_devices import (
    FirewallDevices,
    apply,
    assign,
    entity_of,
    instance_of,
)
from lab.clouds.linode.firewall_rules import rules_of
from lab.clouds.linode.listing import listing
from lab.clouds.linode.store import Record, now
from lab.clouds.linode.tags import remember_tags
from lab.clouds.linode.validation import body_of, label_of, tags_of

PATH = "/networking/firewalls"
STATUSES = ("enabled", "disabled")
OTHER_DEVICES = ("nodebalancers", "linode_interfaces", "interfaces")


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
            *FirewallDevices(self._account).routes(),
        ]

    def _render(self, firewall: Record) -> Record:
        return render_firewall(self._account, firewall)

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
        instances = [
            instance_of(self._account, key, "devices.linodes")
            for key in devices.get("linodes") or []
        ]
        firewall = self._account.store.add("firewalls", draft)
        try:
            for instance in instances:
                assign(self._account, firewall, instance)
        except Exception:
            del self._table[firewall["id"]]
            raise
        remember_tags(self._account, draft["tags"])
        self._account.events.note("firewall_create", "firewall", firewall)
        await apply(self._account, firewall)
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
        await apply(self._account, firewall)
        return JSONResponse(self._render(firewall))

    async def _delete(self, request: Request) -> Response:
        firewall = self._account.of("firewalls", request)
        del self._table[firewall["id"]]
        self._account.events.note("firewall_delete", "firewall", firewall)
        await apply(self._account, firewall)
        return JSONResponse({})

    async def _rules(self, request: Request) -> Response:
        return JSONResponse(self._account.of("firewalls", request)["rules"])

    async def _set_rules(self, request: Request) -> Response:
        firewall, body = self._account.of("firewalls", request), await body_of(request)
        firewall["rules"] = _versioned(rules_of(body), firewall["rules"]["version"] + 1)
        firewall["updated"] = now()
        self._account.events.note("firewall_rules_update", "firewall", firewall)
        await apply(self._account, firewall)
        return JSONResponse(firewall["rules"])


def render_firewall(account: Account, firewall: Record) -> Record:
    """The JSON form of a firewall."""
    table = account.store.table("instances")
    entities = [entity_of(table[device["linode"]]) for device in firewall["devices"]]
    return {**{k: v for k, v in firewall.items() if k != "devices"}, "entities": entities}


def _versioned(rules: Record, version: int) -> Record:
    """A rule set with the marks by which the API tells its versions apart."""
    text = json.dumps(rules, sort_keys=True).encode()
    return {**rules, "version": version, "fingerprint": hashlib.sha256(text).hexdigest()[:8]}
