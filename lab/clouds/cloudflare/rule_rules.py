"""What a ruleset and its rules must look like; every refusal is an ApiError."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lab.clouds.cloudflare.envelope import ApiError, Json
from lab.clouds.cloudflare.expressions import parse
from lab.clouds.cloudflare.settings import SSL_MODES
from lab.clouds.cloudflare.state import new_id, now

if TYPE_CHECKING:
    from collections.abc import Sequence

CHALLENGES = frozenset({"block", "challenge", "js_challenge", "managed_challenge", "log"})
ACTIONS = {
    "http_config_settings": frozenset({"set_config"}),
    "http_custom_errors": frozenset({"serve_error"}),
    "http_ratelimit": CHALLENGES,
    "http_request_cache_settings": frozenset({"set_cache_settings"}),
    "http_request_dynamic_redirect": frozenset({"redirect"}),
    "http_request_firewall_custom": CHALLENGES | {"skip"},
    "http_request_firewall_managed": frozenset({"execute", "skip"}),
    "http_request_late_transform": frozenset({"rewrite"}),
    "http_request_origin": frozenset({"route"}),
    "http_request_transform": frozenset({"rewrite"}),
    "http_response_compression": frozenset({"compress_response"}),
    "http_response_headers_transform": frozenset({"rewrite"}),
}
"""The phases a zone may have rules in, and the actions of each."""

SWITCHES = frozenset(
    (
        *("automatic_https_rewrites", "bic", "content_converter", "disable_apps", "disable_rum"),
        *("disable_pay_per_crawl", "disable_zaraz", "email_obfuscation", "fonts", "mirage", "sxg"),
        *("hotlink_protection", "opportunistic_encryption", "redirects_for_ai_training"),
        *("rocket_loader", "server_side_excludes"),
    )
)
CHOICES = {
    "polish": ("off", "lossless", "lossy", "webp"),
    "request_body_buffering": ("none", "standard", "full"),
    "response_body_buffering": ("none", "standard"),
    "security_level": ("off", "essentially_off", "low", "medium", "high", "under_attack"),
    "ssl": SSL_MODES,
}
RULE_FIELDS = (
    *("action", "action_parameters", "expression", "description", "enabled", "ref"),
    *("ratelimit", "logging", "exposed_credential_check"),
)
REF = re.compile(r"[A-Za-z0-9_-]{1,64}")
COLO = "cf.colo.id"  # the data centre; every counter of a zone below Enterprise is per data centre


def rules_from(given: object, before: Sequence[Json], phase: str) -> list[Json]:
    """The rules to keep, each with id, ref, version and last_updated.

    A rule that names the id or the ref of one of `before` is that rule, changed; its version grows
    only if it says something new.
    """
    if given is None:
        given = []
    if not isinstance(given, list) or not all(isinstance(rule, dict) for rule in given):
        raise ApiError(400, 20014, "rules must be a list of rules")
    rules = [rule_from(rule, _earlier(rule, before), phase) for rule in given]
    refs = [rule["ref"] for rule in rules]
    for ref in refs:
        if refs.count(ref) > 1:
            raise ApiError(
                400, 20124, f"'{ref}' is not a valid value for ref because it is used twice"
            )
    return rules


def rule_from(given: Json, before: Json | None, phase: str) -> Json:
    """One rule, checked."""
    action = given.get("action")
    if phase not in ACTIONS:
        raise phase_error(phase)
    if action not in ACTIONS[phase]:
        raise ApiError(
            400,
            20016,
            f"'{action or ''}' is not a valid value for action because it is not supported in the "
            f"{phase} phase",
        )
    expression = given.get("expression", "")
    parse(str(expression))
    if action == "set_config":
        _set_config(given.get("action_parameters"))
    if phase == "http_ratelimit":
        _ratelimit(given.get("ratelimit"))
    rule = {name: given[name] for name in RULE_FIELDS if given.get(name) is not None}
    rule.setdefault("enabled", True)
    if not isinstance(rule["enabled"], bool):
        raise ApiError(400, 20014, "enabled must be a boolean")
    identity = before["id"] if before else new_id()
    if not REF.fullmatch(str(rule.setdefault("ref", before["ref"] if before else identity))):
        raise ApiError(400, 20123, f"'{rule['ref']}' is not a valid value for ref")
    if before and all(before.get(name) == rule.get(name) for name in RULE_FIELDS):
        return before
    version = int(before["version"]) + 1 if before else 1
    return {"id": identity, "version": str(version), **rule, "last_updated": now()}


def phase_error(phase: object) -> ApiError:
    """The refusal of a phase that a zone cannot have rules in."""
    return ApiError(400, 20015, f"'{phase}' is not a valid value for phase")


def _earlier(rule: Json, before: Sequence[Json]) -> Json | None:
    for other in before:
        if rule.get("id") == other["id"]:
            return other
    for other in before:
        if rule.get("id") is None and rule.get("ref") == other["ref"]:
            return other
    return None


def _set_config(parameters: object) -> None:
    if not isinstance(parameters, dict) or not parameters:
        raise ApiError(400, 20113, "action parameters are required for the set_config action")
    for name, value in parameters.items():
        if name in SWITCHES:
            right = isinstance(value, bool)
        elif name in CHOICES:
            right = value in CHOICES[name]
        elif name in {"autominify", "read_timeout"}:
            right = isinstance(value, dict if name == "autominify" else int)
        else:
            raise ApiError(400, 20114, f"unknown field {name!r} in action_parameters")
        if not right:
            raise ApiError(400, 20115, f"'{value}' is not a valid value for {name}")


def _ratelimit(limit: object) -> None:
    if not isinstance(limit, dict):
        raise ApiError(400, 20117, "ratelimit is required in the http_ratelimit phase")
    characteristics = limit.get("characteristics")
    if not isinstance(characteristics, list) or COLO not in characteristics:
        raise ApiError(400, 20118, f"characteristics is missing {COLO}")
    if limit.get("period") not in {10, 60, 120, 300, 600, 3600, 86400}:
        raise ApiError(400, 20119, f"'{limit.get('period')}' is not a valid value for period")
    counting = limit.get("counting_expression")
    if counting:
        parse(str(counting))
