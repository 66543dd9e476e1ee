"""Our rule in the one rule set that a zone has of a phase; the rules of others stay.

A rule is found by its `ref`, which is unique in the set and names the stack.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from components.cloudflare.api import Api, BusyError, CloudflareError

PHASE = "http_config_settings"
OWN_NAME = "vps-reverse-proxy"
"""How the rule sets that we made are called, or begin (before ADR 8 they named their stack)."""
TOO_MANY_SETS = 20217
SAME_REF = 20124

Rule = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """The entry point of the phase in a zone. Every method is safe to repeat."""

    api: Api
    zone_id: str

    def find(self, ref: str) -> Rule | None:
        """The rule with this ref; None where there is none."""
        return self.api.retry(lambda: _rule(self.entry_point(), ref))

    def put(self, rule: Rule, *, guard: Callable[[Rule], None] = lambda _: None) -> None:
        """Add the rule, or make the one with its ref the same.

        Args:
            rule: Its action, expression, ref and so on.
            guard: Raises where the one with its ref must not be changed.
        """
        self.api.retry(lambda: self._put(rule, guard))

    def remove(self, ref: str, *, only_if: Callable[[Rule], bool] = lambda _: True) -> None:
        """Take the rule away, and the set if it is empty then and one of ours.

        Args:
            ref: Of the rule.
            only_if: Whether a rule with that ref is the one meant.
        """
        self.api.retry(lambda: self._remove(ref, only_if))

    def entry_point(self) -> dict[str, Any] | None:
        """The rule set as it is now, with its rules; one try."""
        try:
            found: dict[str, Any] = self.api.call("GET", f"{self._path}/phases/{PHASE}/entrypoint")
        except CloudflareError as error:
            if error.not_found:
                return None
            raise
        return found

    def _put(self, rule: Rule, guard: Callable[[Rule], None]) -> None:
        found = self.entry_point()
        if found is None:
            body = {
                "name": OWN_NAME,
                "description": "Made by vps-reverse-proxy; removed with its last rule.",
                "kind": "zone",
                "phase": PHASE,
                "rules": [rule],
            }
            self._write("POST", self._path, body)
            return
        there = _rule(found, rule["ref"])
        rules = f"{self._path}/{found['id']}/rules"
        if there is None:
            self._write("POST", rules, rule)
            return
        guard(there)
        if any(there.get(key) != value for key, value in rule.items()):
            self._write("PATCH", f"{rules}/{there['id']}", rule)

    def _remove(self, ref: str, only_if: Callable[[Rule], bool]) -> None:
        found = self.entry_point()
        there = _rule(found, ref)
        if found is None:
            return
        if there is not None and only_if(there):
            self._write("DELETE", f"{self._path}/{found['id']}/rules/{there['id']}")
            found = self.entry_point()
        # Looked at again: another stack may have added its own meanwhile.
        if found and not found.get("rules") and str(found.get("name", "")).startswith(OWN_NAME):
            self._write("DELETE", f"{self._path}/{found['id']}")

    def _write(self, method: str, path: str, body: Rule | None = None) -> None:
        try:
            self.api.call(method, path, body=body)
        except CloudflareError as error:
            gone = error.status == httpx.codes.NOT_FOUND
            if gone and method == "DELETE":
                return
            # Another stack made or removed the set, or our lost write came through: look again.
            if gone or {TOO_MANY_SETS, SAME_REF} & {*error.codes}:
                raise BusyError(str(error), status=error.status, codes=error.codes) from None
            raise

    @property
    def _path(self) -> str:
        return f"/zones/{self.zone_id}/rulesets"


def _rule(rule_set: dict[str, Any] | None, ref: str) -> Rule | None:
    rules: list[Rule] = (rule_set or {}).get("rules") or []
    return next((rule for rule in rules if rule.get("ref") == ref), None)
