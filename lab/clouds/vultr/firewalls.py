"""Firewall groups and their rules: kept, linked to instances, really filtering their machines."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.vultr.account import Account, machine_name
from lab.clouds.vultr.errors import invalid, not_found
from lab.clouds.vultr.firewall_rules import MAX_RULES, inbound, rule_of
from lab.clouds.vultr.listing import listing
from lab.clouds.vultr.store import Record, now
from lab.clouds.vultr.validation import body_of, text


async def filter_traffic(account: Account, instance: Record) -> None:
    """Make the machine's filter what the instance's firewall group says; no group, no filter."""
    if not instance["born"]:
        return
    group = account.store.table("firewall_groups").get(instance["firewall_group_id"])
    rules = None if group is None else inbound(group["rules"], account.cloudflare)
    await asyncio.to_thread(account.machines.set_firewall, machine_name(instance), rules)


class Firewalls:
    """The endpoints under /firewalls."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._table = account.store.table("firewall_groups")

    def routes(self) -> list[Route]:
        """See the class."""
        group, rules = "/firewalls/{id}", "/firewalls/{id}/rules"
        return [
            Route("/firewalls", self._index),
            Route("/firewalls", self._create, methods=["POST"]),
            Route(group, self._show),
            Route(group, self._update, methods=["PUT"]),
            Route(group, self._delete, methods=["DELETE"]),
            Route(rules, self._rules),
            Route(rules, self._add_rule, methods=["POST"]),
            Route(f"{rules}/{{rule}}", self._show_rule),
            Route(f"{rules}/{{rule}}", self._delete_rule, methods=["DELETE"]),
        ]

    def _linked(self, group: Record) -> list[Record]:
        instances = self._account.store.table("instances").values()
        return [each for each in instances if each["firewall_group_id"] == group["id"]]

    def _render(self, group: Record) -> Record:
        return {
            "id": group["id"],
            "description": group["description"],
            "date_created": group["date_created"],
            "date_modified": group["date_modified"],
            "instance_count": len(self._linked(group)),
            "rule_count": len(group["rules"]),
            "max_rule_count": MAX_RULES,
        }

    async def _index(self, request: Request) -> Response:
        return listing(request, "firewall_groups", self._table.values(), render=self._render)

    async def _create(self, request: Request) -> Response:
        description = text(await body_of(request), "description")
        draft = {
            "description": description,
            "date_modified": now(),
            "rules": [],
            "last_rule": 0,
        }
        group = self._account.store.add("firewall_groups", draft)
        self._account.store.save()
        return JSONResponse({"firewall_group": self._render(group)}, 201)

    async def _show(self, request: Request) -> Response:
        group = self._account.of("firewall_groups", request)
        return JSONResponse({"firewall_group": self._render(group)})

    async def _update(self, request: Request) -> Response:
        group = self._account.of("firewall_groups", request)
        group["description"] = text(await body_of(request), "description")
        group["date_modified"] = now()
        self._account.store.save()
        return Response(status_code=204)

    async def _delete(self, request: Request) -> Response:
        """As documented: instances of the group are unlinked, and then open."""
        group = self._account.of("firewall_groups", request)
        linked = self._linked(group)
        del self._table[group["id"]]
        for instance in linked:
            instance["firewall_group_id"] = ""
        self._account.store.save()
        for instance in linked:
            await filter_traffic(self._account, instance)
        return Response(status_code=204)

    async def _rules(self, request: Request) -> Response:
        group = self._account.of("firewall_groups", request)
        return listing(request, "firewall_rules", group["rules"])

    async def _add_rule(self, request: Request) -> Response:
        group = self._account.of("firewall_groups", request)
        rule = rule_of(await body_of(request))
        if len(group["rules"]) >= MAX_RULES:
            raise invalid("This firewall group has reached its maximum number of rules")
        if any({**known, "id": 0} == {**rule, "id": 0} for known in group["rules"]):
            raise invalid("This rule is already defined")
        group["last_rule"] += 1
        made = {"id": group["last_rule"], **rule}
        group["rules"].append(made)
        await self._changed(group)
        return JSONResponse({"firewall_rule": made}, 201)

    def _rule(self, request: Request) -> tuple[Record, Record]:
        group = self._account.of("firewall_groups", request)
        key = request.path_params["rule"]
        for rule in group["rules"]:
            if str(rule["id"]) == key:
                return group, rule
        raise not_found("firewall_rules")

    async def _show_rule(self, request: Request) -> Response:
        return JSONResponse({"firewall_rule": self._rule(request)[1]})

    async def _delete_rule(self, request: Request) -> Response:
        group, rule = self._rule(request)
        group["rules"].remove(rule)
        await self._changed(group)
        return Response(status_code=204)

    async def _changed(self, group: Record) -> None:
        group["date_modified"] = now()
        self._account.store.save()
        for instance in self._linked(group):
            await filter_traffic(self._account, instance)
