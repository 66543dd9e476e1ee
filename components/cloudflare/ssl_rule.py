"""The SSL mode of some hostnames: one rule in the zone's shared rule set, as a Pulumi resource."""

import re
from typing import Any

import pulumi
from pulumi import Alias, ResourceOptions
from pulumi.dynamic import (
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from components.cloudflare.api import Api, CloudflareError
from components.cloudflare.plugin import configured, plain_errors
from components.cloudflare.rule_set import Rule, RuleSet

COMPARED = ("expression", "ssl", "enabled", "description")


class SslRuleProvider(ResourceProvider):
    """Creates, reads, changes and removes the rule. Holds no secret: see `configure`."""

    serialize_as_secret_always = False  # only the name of this class is serialized
    api: Api

    def configure(self, req: ConfigureRequest) -> None:
        """Take the token from configuration or environment: it is never part of the resource."""
        self.api = configured(req)

    @plain_errors
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Another zone or stack name is another rule; anything else is changed in place.

        The state of a `cloudflare.Ruleset` from before ADR 8 lacks what is compared: it is
        updated in place, too, and so becomes this rule.
        """
        identity: list[str] = [
            key for key in ("zone_id", "ref") if key in _olds and _olds[key] != _news[key]
        ]
        changed = any(_olds.get(key) != _news[key] for key in COMPARED)
        return DiffResult(changes=bool(identity) or changed, replaces=identity)

    @plain_errors
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Add the rule; one with its ref, left from a run that was cut short, becomes it.

        Raises:
            CloudflareError: The one that is there is for other names, too: a stack of this name
                runs elsewhere, and would lose them.
        """

        def refuse_others(there: Rule) -> None:
            theirs = _names(there["expression"]) - _names(props["expression"])
            if theirs:
                raise CloudflareError(_refusal(props["ref"], theirs))

        self._rule_set(props).put(_rule(props), guard=refuse_others)
        return CreateResult(f"{props['zone_id']}/{props['ref']}", dict(props))

    @plain_errors
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Change the rule; one that is gone is added again."""
        self._rule_set(_news).put(_rule(_news))
        return UpdateResult(dict(_news))

    @plain_errors
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The rule as it is at Cloudflare; gone is gone."""
        rule = self._rule_set(props).find(props["ref"])
        if rule is None:
            return ReadResult("", {})
        now = {
            "expression": rule.get("expression"),
            "ssl": (rule.get("action_parameters") or {}).get("ssl"),
            "enabled": rule.get("enabled"),
            "description": rule.get("description"),
        }
        return ReadResult(id_, {**props, **now})

    @plain_errors
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove the rule; foreign ones stay."""
        self._rule_set(_props).remove(_props["ref"])

    def _rule_set(self, props: dict[str, Any]) -> RuleSet:
        return RuleSet(api=self.api, zone_id=props["zone_id"])


def _names(expression: str) -> set[str]:
    """The host names in a rule's expression."""
    return set(re.findall(r'"([^"]+)"', expression))


def _refusal(ref: str, names: set[str]) -> str:
    return (
        f"the zone has a rule {ref} already, and it is for {', '.join(sorted(names))}: a stack of "
        "this name runs elsewhere; give this one another name. If none does, delete the rule in "
        "the Cloudflare dashboard (Rules, Configuration Rules)"
    )


def _rule(props: dict[str, Any]) -> Rule:
    return {
        "action": "set_config",
        "action_parameters": {"ssl": props["ssl"]},
        "expression": props["expression"],
        "enabled": props["enabled"],
        "description": props["description"],
        "ref": props["ref"],
    }


class SslRule(Resource, module="cloudflare", name="SslRule"):
    """The rule.

    Args of the constructor:
        zone_id: Whose rule set.
        ref: What marks the rule as this stack's.
        expression: Which requests it holds for, in Cloudflare's rule language.
        ssl: The mode.
    """

    def __init__(
        self,
        name: str,
        *,
        zone_id: str,
        ref: str,
        expression: str,
        ssl: str,
        description: str,
        opts: ResourceOptions,
    ) -> None:
        props: dict[str, pulumi.Input[Any]] = {
            "zone_id": zone_id,
            "ref": ref,
            "expression": expression,
            "ssl": ssl,
            "enabled": True,
            "description": description,
        }
        # Before ADR 8 a whole rule set was here. Taken over under its name: were it deleted as a
        # resource that is no more, it would go after our rule is in it, with everything in it.
        before = ResourceOptions(aliases=[Alias(type_="cloudflare:index/ruleset:Ruleset")])
        super().__init__(SslRuleProvider(), name, props, ResourceOptions.merge(opts, before))
