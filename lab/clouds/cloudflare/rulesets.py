"""`/zones/{zone_id}/rulesets`: rulesets, versions, the entry point of a phase, single rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from lab.clouds.cloudflare import ruleset_store as rulesets
from lab.clouds.cloudflare.envelope import ApiError, Json, json_object, success
from lab.clouds.cloudflare.rule_rules import rule_from, rules_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from lab.clouds.cloudflare.auth import Tokens
    from lab.clouds.cloudflare.state import Store, Zone

GROUPS = {
    "http_config_settings": "Config Rules",
    "http_request_firewall_custom": "Zone WAF",
    "http_request_firewall_managed": "Zone WAF",
    "http_ratelimit": "Zone WAF",
}
"""The permission group of a phase; those of the others are not told apart here."""
ANY = ("Config Rules Read", "Zone WAF Read", "Zone Rules Read")


class Rulesets:
    """The endpoints for rulesets."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self._store = store
        self._tokens = tokens

    def routes(self) -> list[Route]:
        """The paths below the API's base path."""
        many = "/zones/{zone_id}/rulesets"
        entry = f"{many}/phases/{{phase}}/entrypoint"
        one = f"{many}/{{ruleset_id}}"
        rule = f"{one}/rules/{{rule_id}}"
        return [
            Route(many, self.list, methods=["GET"]),
            Route(many, self.create, methods=["POST"]),
            Route(entry, self.get, methods=["GET"]),
            Route(entry, self.put, methods=["PUT"]),
            Route(f"{entry}/versions", self.versions, methods=["GET"]),
            Route(f"{entry}/versions/{{version}}", self.version, methods=["GET"]),
            Route(one, self.get, methods=["GET"]),
            Route(one, self.put, methods=["PUT"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route(f"{one}/versions", self.versions, methods=["GET"]),
            Route(f"{one}/versions/{{version}}", self.version, methods=["GET"]),
            Route(f"{one}/versions/{{version}}", self.delete_version, methods=["DELETE"]),
            Route(f"{one}/rules", self.add_rule, methods=["POST"]),
            Route(rule, self.edit_rule, methods=["PATCH"]),
            Route(rule, self.delete_rule, methods=["DELETE"]),
        ]

    async def list(self, request: Request) -> Response:
        """The zone's rulesets, without their rules."""
        self._tokens.require(request, *ANY)
        zone = self._store.zone(request.path_params["zone_id"])
        return success([rulesets.shown(one, rules=False) for one in zone.rulesets])

    async def create(self, request: Request) -> Response:
        """A new ruleset; 400 when the phase has its entry point already."""
        body = await json_object(request)
        zone = self._allowed(request, str(body.get("phase")), "Write")
        ruleset = rulesets.created(zone, body)
        return self._kept(request, zone, None, ruleset)

    async def get(self, request: Request) -> Response:
        """One ruleset with its rules, by its id or as the entry point of a phase."""
        _, ruleset = self._found(request, "Read")
        return success(rulesets.shown(ruleset))

    async def put(self, request: Request) -> Response:
        """Replace the rules of a ruleset; an entry point is made when there is none."""
        body = await json_object(request)
        try:
            zone, ruleset = self._found(request, "Write")
        except ApiError as error:
            phase = request.path_params.get("phase")
            if phase is None or error.status != 404:  # noqa: PLR2004 # the words of HTTP
                raise
            zone = self._store.zone(request.path_params["zone_id"])
            new = rulesets.created(
                zone, {"name": "default", **body, "kind": "zone", "phase": phase}
            )
            return self._kept(request, zone, None, new)
        return self._kept(request, zone, ruleset, rulesets.changed(ruleset, body))

    async def delete(self, request: Request) -> Response:
        """Remove a ruleset; 204 without a body, as the documentation says."""
        zone, ruleset = self._found(request, "Write")
        if not _dry(request):
            zone.rulesets.remove(ruleset)
            self._store.save()
        return Response(status_code=204)

    async def versions(self, request: Request) -> Response:
        """All versions of a ruleset, newest last, without their rules."""
        _, ruleset = self._found(request, "Read")
        kept = [*ruleset[rulesets.HIDDEN], ruleset]
        return success([rulesets.shown(one, rules=False) for one in kept])

    async def version(self, request: Request) -> Response:
        """One version of a ruleset."""
        _, ruleset = self._found(request, "Read")
        return success(rulesets.version(ruleset, request.path_params["version"]))

    async def delete_version(self, request: Request) -> Response:
        """Forget an old version; the current one cannot be forgotten."""
        zone, ruleset = self._found(request, "Write")
        number = request.path_params["version"]
        rulesets.version(ruleset, number)
        if number == ruleset["version"]:
            raise ApiError(400, 20014, "the latest version cannot be deleted")
        history = [one for one in ruleset[rulesets.HIDDEN] if one["version"] != number]
        zone.rulesets[zone.rulesets.index(ruleset)] = {**ruleset, rulesets.HIDDEN: history}
        self._store.save()
        return Response(status_code=204)

    async def add_rule(self, request: Request) -> Response:
        """Add a rule, last or at `position`."""
        zone, ruleset = self._found(request, "Write")
        body = await json_object(request)
        rule = rule_from(body, None, ruleset["phase"])
        rules = rulesets.placed(ruleset["rules"], rule, body.get("position"))
        return self._with_rules(request, zone, ruleset, rules)

    async def edit_rule(self, request: Request) -> Response:
        """Replace a rule: what is left out is not kept, apart from its ref."""
        zone, ruleset = self._found(request, "Write")
        body = await json_object(request)
        rule = rule_from(body, _rule(ruleset, request), ruleset["phase"])
        rules = rulesets.placed(ruleset["rules"], rule, body.get("position"))
        return self._with_rules(request, zone, ruleset, rules)

    async def delete_rule(self, request: Request) -> Response:
        """Remove a rule."""
        zone, ruleset = self._found(request, "Write")
        gone = _rule(ruleset, request)
        rules = [rule for rule in ruleset["rules"] if rule is not gone]
        return self._with_rules(request, zone, ruleset, rules)

    def _with_rules(
        self, request: Request, zone: Zone, ruleset: Json, rules: Sequence[Json]
    ) -> Response:
        rules_from(rules, rules, ruleset["phase"])  # refs stay unique
        return self._kept(request, zone, ruleset, rulesets.next_version(ruleset, rules=rules))

    def _kept(self, request: Request, zone: Zone, old: Json | None, new: Json) -> Response:
        if _dry(request):
            return success(None)
        if old is None:
            zone.rulesets.append(new)
        else:
            zone.rulesets[zone.rulesets.index(old)] = new
        self._store.save()
        return success(rulesets.shown(new))

    def _found(self, request: Request, verb: str) -> tuple[Zone, Json]:
        phase = request.path_params.get("phase")
        if phase is not None:
            zone = self._allowed(request, phase, verb)
            return zone, rulesets.entrypoint(zone, phase)
        self._tokens.require(request, *(name.replace("Read", verb) for name in ANY))
        zone = self._store.zone(request.path_params["zone_id"])
        ruleset = rulesets.find(zone, request.path_params["ruleset_id"])
        self._allowed(request, ruleset["phase"], verb)
        return zone, ruleset

    def _allowed(self, request: Request, phase: str, verb: str) -> Zone:
        self._tokens.require(request, f"{GROUPS.get(phase, 'Zone Rules')} {verb}")
        return self._store.zone(request.path_params["zone_id"])


def _dry(request: Request) -> bool:
    return request.query_params.get("dry_run") == "true"


def _rule(ruleset: Json, request: Request) -> Json:
    for rule in ruleset["rules"]:
        if rule["id"] == request.path_params["rule_id"]:
            found: Json = rule
            return found
    raise ApiError(404, 10003, f"could not find rule {request.path_params['rule_id']!r}")
