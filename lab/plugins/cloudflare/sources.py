"""The data sources: getZones, getZone, getDnsRecords, getRulesets, getRuleset, getIpRanges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lab.plugins.cloudflare.wire import from_api, snake
from lab.plugins.framework import PluginError, Values

if TYPE_CHECKING:
    from lab.plugins.cloudflare.client import Api
    from lab.plugins.framework import Function

MOST = 1000  # items of a list, unless maxItems says otherwise


def functions(api: Api) -> dict[str, Function]:
    """Each data source by its token."""
    sources = {
        "getZones": lambda args: _zones(api, args),
        "getZone": lambda args: _zone(api, args),
        "getDnsRecords": lambda args: _records(api, args),
        "getRulesets": lambda args: _rulesets(api, args),
        "getRuleset": lambda args: _ruleset(api, args),
        "getIpRanges": lambda args: _ip_ranges(api, args),
    }
    return {f"cloudflare:index/{name}:{name}": source for name, source in sources.items()}


def _zones(api: Api, args: Values) -> Values:
    found = api.all(
        "/zones", _query(args, "account", "direction", "match", "name", "order", "status")
    )
    return {
        "match": "all",
        **args,
        "results": [_shown_zone(zone) for zone in found[: args.get("maxItems", MOST)]],
    }


def _zone(api: Api, args: Values) -> Values:
    if args.get("zoneId"):
        return {**_shown_zone(api.get(f"/zones/{args['zoneId']}")), "zoneId": args["zoneId"]}
    wanted = args.get("filter")
    if not isinstance(wanted, dict):
        raise PluginError("Exactly one of these attributes must be configured: [zone_id,filter]")
    names = ("account", "direction", "match", "name", "order", "status")
    found = api.all("/zones", _query(wanted, *names))
    if len(found) != 1:
        raise PluginError(f"failed to find exactly one result: found {len(found)} zones")
    return {**_shown_zone(found[0]), "zoneId": found[0]["id"], "filter": wanted}


def _records(api: Api, args: Values) -> Values:
    names = ("comment", "content", "direction", "match", "name", "order", "proxied", "search")
    query = _query(args, *names, "tag", "tagMatch", "type")
    found = api.all(f"/zones/{args['zoneId']}/dns_records", query)
    defaults = {"direction": "asc", "match": "all", "order": "type", "tagMatch": "all"}
    switches = {"proxied": False, "includeShadowMetadata": False}
    return {
        **defaults,
        **switches,
        **args,
        "results": [_shown_record(record) for record in found[: args.get("maxItems", MOST)]],
    }


def _rulesets(api: Api, args: Values) -> Values:
    found = from_api(api.get(f"{_owner(args)}/rulesets"))[: args.get("maxItems", MOST)]
    return {**args, "results": found, "rulesets": found}


def _ruleset(api: Api, args: Values) -> Values:
    ruleset_id = args.get("rulesetId") or args.get("id")
    if not ruleset_id:
        raise PluginError("one of id and ruleset_id must be configured")
    found = from_api(api.get(f"{_owner(args)}/rulesets/{ruleset_id}"))
    return {**args, **found, "rulesetId": ruleset_id}


def _ip_ranges(api: Api, args: Values) -> Values:
    return {"jdcloudCidrs": [], **args, **from_api(api.get("/ips", _query(args, "networks")))}


def _owner(args: Values) -> str:
    if args.get("accountId"):
        return f"/accounts/{args['accountId']}"
    return f"/zones/{args['zoneId']}"


def _query(args: Values, *names: str) -> dict[str, Any]:
    """Query parameters; a nested one is written with a dot: name.exact."""
    query: dict[str, Any] = {}
    for name in names:
        value = args.get(name)
        if isinstance(value, dict):
            query |= {f"{snake(name)}.{snake(key)}": item for key, item in value.items() if item}
        elif isinstance(value, bool):
            query[snake(name)] = str(value).lower()
        elif value is not None:
            query[snake(name)] = value
    return query


def _shown_zone(zone: Values) -> Values:
    empty = ("cnameSuffix", "originalDnshost", "originalRegistrar", "verificationKey")
    return {**dict.fromkeys(empty, ""), **from_api(zone)}


def _shown_record(record: Values) -> Values:
    empty = {"comment": "", "commentModifiedOn": "", "tagsModifiedOn": ""}
    unset: Values = {"data": {}, "priority": 0, "privateRouting": False}
    return {**empty, **unset, **from_api(record), "meta": json.dumps(record.get("meta") or {})}
