"""A zone's rulesets: find, add, change, remove, with a version for every change."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from lab.clouds.cloudflare.envelope import ApiError, Json
from lab.clouds.cloudflare.rule_rules import ACTIONS, phase_error, rules_from
from lab.clouds.cloudflare.state import Zone, new_id, now

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = ("zone", "custom", "managed", "root")
HIDDEN = "history"
LONGEST_NAME = 255


def shown(ruleset: Json, *, rules: bool = True) -> Json:
    """The ruleset as the API gives it; lists leave the rules out."""
    hidden = {HIDDEN} if rules else {HIDDEN, "rules"}
    return {name: value for name, value in ruleset.items() if name not in hidden}


def find(zone: Zone, ruleset_id: str) -> Json:
    """The ruleset with this id; 404 if there is none."""
    for ruleset in zone.rulesets:
        if ruleset["id"] == ruleset_id:
            return ruleset
    raise ApiError(404, 10003, f"could not find ruleset {ruleset_id!r}")


def entrypoint(zone: Zone, phase: str) -> Json:
    """The phase's entry point; 404 if there is none."""
    if phase not in ACTIONS:
        raise phase_error(phase)
    for ruleset in zone.rulesets:
        if ruleset["phase"] == phase and ruleset["kind"] == "zone":
            return ruleset
    raise ApiError(404, 10003, f"could not find entrypoint ruleset in the {phase} phase")


def version(ruleset: Json, number: str) -> Json:
    """One version of a ruleset, old or current; 404 if there is none."""
    for one in (*ruleset[HIDDEN], ruleset):
        if one["version"] == number:
            return shown(one)
    raise ApiError(404, 10003, f"could not find version {number} of ruleset {ruleset['id']}")


def created(zone: Zone, body: Json) -> Json:
    """A new ruleset from a request's body; not yet in the zone."""
    kind, phase = body.get("kind"), body.get("phase")
    if kind not in KINDS[:2]:  # a zone cannot make managed or root rulesets
        raise ApiError(400, 20014, f"'{kind}' is not a valid value for kind")
    if phase not in ACTIONS:
        raise phase_error(phase)
    if kind == "zone" and any(_same_place(other, kind, phase) for other in zone.rulesets):
        raise ApiError(
            400,
            20217,
            "'zone' is not a valid value for kind because exceeded maximum number of zone "
            f"rulesets for phase {phase}",
        )
    return {
        "id": new_id(),
        "name": _name(body.get("name")),
        "description": str(body.get("description") or ""),
        "kind": kind,
        "phase": phase,
        "version": "1",
        "last_updated": now(),
        "rules": rules_from(body.get("rules"), (), phase),
        HIDDEN: [],
    }


def changed(ruleset: Json, body: Json) -> Json:
    """The next version of a ruleset after a PUT; a field that is left out keeps its value."""
    for fixed in ("kind", "phase"):
        if body.get(fixed) not in {None, ruleset[fixed]}:
            raise ApiError(400, 20014, f"{fixed} cannot be changed; it is '{ruleset[fixed]}'")
    return next_version(
        ruleset,
        name=_name(body.get("name") or ruleset["name"]),
        description=str(body.get("description", ruleset["description"]) or ""),
        rules=rules_from(body.get("rules"), ruleset["rules"], ruleset["phase"]),
    )


def next_version(ruleset: Json, **fields: object) -> Json:
    """A copy with these fields and a version more; the current one goes to its history."""
    return {
        **ruleset,
        **fields,
        "version": str(int(ruleset["version"]) + 1),
        "last_updated": now(),
        HIDDEN: [*ruleset[HIDDEN], deepcopy(shown(ruleset))],
    }


def placed(rules: Sequence[Json], rule: Json, position: object) -> list[Json]:
    """`rules` with `rule` at its `position`: {"before": id}, {"after": id} or {"index": from 1}.

    Without one, a new rule comes last and a known one stays where it is.
    """
    others = [other for other in rules if other["id"] != rule["id"]]
    at = len(others)
    if rule in rules or any(other["id"] == rule["id"] for other in rules):
        at = [other["id"] for other in rules].index(rule["id"])
    if isinstance(position, dict):
        ids = [other["id"] for other in others]
        if "index" in position:
            at = int(position["index"]) - 1
        elif position.get("before") == "":
            at = 0
        elif position.get("after") == "":
            at = len(others)
        elif position.get("before", position.get("after")) in ids:
            at = ids.index(position.get("before", position.get("after"))) + ("after" in position)
        else:
            raise ApiError(400, 20014, "position names a rule that is not in the ruleset")
    return [*others[:at], rule, *others[at:]]


def _same_place(ruleset: Json, kind: str, phase: str) -> bool:
    return bool(ruleset["kind"] == kind and ruleset["phase"] == phase)


def _name(given: object) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= LONGEST_NAME:
        raise ApiError(400, 20014, f"name must have 1 to {LONGEST_NAME} characters")
    return given
