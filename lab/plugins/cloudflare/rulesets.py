"""`cloudflare:index/ruleset:Ruleset`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab.plugins.cloudflare.client import NotFoundError
from lab.plugins.cloudflare.rule_types import RULE, Rules
from lab.plugins.cloudflare.wire import from_api, to_api
from lab.plugins.framework import PluginError, Resource, Schema, String, Values
from lab.plugins.properties import Failure, Property

if TYPE_CHECKING:
    from lab.plugins.cloudflare.client import Api

KINDS = ("managed", "custom", "root", "zone")
OUTPUTS = ("lastUpdated", "version")
SENT = ("name", "kind", "phase", "description", "rules")


def _kind(value: str) -> str | None:
    return None if value in KINDS else f'value must be one of: {", ".join(KINDS)}, got: "{value}"'


class Ruleset(Resource):
    """A ruleset of a zone or account. An entry point keeps its name, or is another one."""

    schema = Schema(
        inputs={
            "accountId": Property(String(), replaces=True),
            "zoneId": Property(String(), replaces=True),
            "kind": Property(String(), required=True, replaces=True, check=_kind),
            "phase": Property(String(), required=True, replaces=True),
            "name": Property(String(), required=True, replaces=True),
            "description": Property(String(), default=""),
            "rules": Property(Rules()),
        },
        outputs=OUTPUTS,
        volatile=OUTPUTS,
        strict=False,
    )

    def __init__(self, api: Api) -> None:
        self._api = api

    def check(self, inputs: Values) -> list[Failure]:
        """See Resource."""
        owners = [name for name in ("accountId", "zoneId") if name in inputs]
        if len(owners) == 1:
            return []
        reason = "Exactly one of these attributes must be configured: [account_id,zone_id]"
        return [Failure(path="", reason=reason)]

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        made = self._api.call("post", f"{_owner(inputs)}/rulesets", body=_body(inputs))
        return str(made["id"]), _outputs(made)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource; on import the id is `zones/zone id/ruleset id`, or `accounts/...`."""
        *owner, ruleset_id = resource_id.split("/")
        try:
            kind, identity = owner or _owner(state).strip("/").split("/")
        except ValueError as error:
            form = "<{accounts|zones}/{account_id|zone_id}>/<ruleset_id>"
            raise PluginError(f"invalid id {resource_id!r}: use {form}") from error
        try:
            found = self._api.get(f"/{kind}/{identity}/rulesets/{ruleset_id}")
        except NotFoundError:
            return None
        key = {"zones": "zoneId", "accounts": "accountId"}[kind]
        now = {name: found[name] for name in ("name", "kind", "phase", "description")}
        return {**now, **_outputs(found), key: identity}

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        path = f"{_owner(state)}/rulesets/{resource_id.rpartition('/')[2]}"
        body = _body(inputs)
        body["rules"] = _with_refs(body.get("rules", []), to_api(state.get("rules") or []))
        return _outputs(self._api.call("put", path, body=body))

    def delete(self, resource_id: str, state: Values) -> None:
        """See Resource; the published plugin fails when it is gone, and so does this."""
        self._api.call("delete", f"{_owner(state)}/rulesets/{resource_id.rpartition('/')[2]}")


def _owner(values: Values) -> str:
    if values.get("accountId"):
        return f"/accounts/{values['accountId']}"
    return f"/zones/{values['zoneId']}" if values.get("zoneId") else ""


def _body(inputs: Values) -> Values:
    body: Values = to_api({name: inputs[name] for name in SENT if inputs.get(name) is not None})
    return body


def _with_refs(rules: list[Values], before: list[Values]) -> list[Values]:
    """Rules that say what they said before keep their ref, so that they stay the same rules."""
    known = {rule.get("ref"): rule for rule in before}
    used = {rule.get("ref") for rule in rules}
    kept = []
    for rule in rules:
        same = next(
            (
                ref
                for ref, old in known.items()
                if ref not in used and RULE.same(from_api(_plain(old)), from_api(_plain(rule)))
            ),
            None,
        )
        if "ref" in rule or same is None:
            kept.append(rule)
        else:
            used.add(same)
            kept.append({**rule, "ref": same})
    return kept


def _plain(rule: Values) -> Values:
    return {key: value for key, value in rule.items() if key != "ref"}


def _outputs(ruleset: Values) -> Values:
    shown = from_api(ruleset)
    known = (*RULE.properties, "id")
    rules: list[Any] = [
        {key: value for key, value in rule.items() if key in known}
        for rule in shown.get("rules", [])
    ]
    return {**{key: shown[key] for key in OUTPUTS if key in shown}, "rules": rules}
