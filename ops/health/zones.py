"""What Cloudflare holds for a stack, asked with the token that `pulumi up` takes."""

import os
from typing import Any

from components.cloudflare.api import Api, CloudflareError
from components.cloudflare.rule_set import PHASE
from ops.engine import run_pulumi
from ops.health.facts import Record, Zone
from ops.operations import Operations


def find_api(stack: str | None) -> Api | None:
    """With the token of the environment, else of the stack's configuration; None: there is none."""

    def configured(key: str) -> str | None:
        if os.environ.get("CLOUDFLARE_API_TOKEN"):
            return None
        chosen = ["--stack", stack] if stack else []
        done = run_pulumi(["config", "get", f"cloudflare:{key}", *chosen])
        return done.stdout.strip() or None

    api = Api.configured(configured)
    return api if api.token else None


def look_up(api: Api, operations: Operations) -> Zone:
    """The records of the stack's names, and the SSL mode that is set for them.

    Raises:
        CloudflareError: It refuses, or does not answer.
    """
    zones = api.call("GET", "/zones", params={"name": operations.zone})
    if not zones:
        raise CloudflareError(f"Cloudflare shows this token no zone {operations.zone}")
    zone = f"/zones/{zones[0]['id']}"
    records = {}
    for service in operations.services:
        asked = {"name": service.hostname, "type": "A"}
        for found in api.call("GET", f"{zone}/dns_records", params=asked):
            records[service.hostname] = Record(
                content=found["content"], proxied=bool(found.get("proxied"))
            )
    return Zone(records=records, ssl_mode=_ssl_mode(api, zone, operations))


def _ssl_mode(api: Api, zone: str, operations: Operations) -> str | None:
    if not operations.answers.proxied:
        return None
    if operations.ssl_scope == "zone":
        return str(api.call("GET", f"{zone}/settings/ssl")["value"])
    try:
        entry: dict[str, Any] = api.call("GET", f"{zone}/rulesets/phases/{PHASE}/entrypoint")
    except CloudflareError as error:
        if error.not_found:
            return None
        raise
    for rule in entry.get("rules") or []:
        if rule.get("ref") == operations.names.ssl_rule and rule.get("enabled", True):
            return str(rule["action_parameters"].get("ssl"))
    return None
