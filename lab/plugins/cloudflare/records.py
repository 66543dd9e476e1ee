"""`cloudflare:index/dnsRecord:DnsRecord`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lab.plugins.cloudflare.client import NotFoundError
from lab.plugins.cloudflare.wire import from_api, to_api
from lab.plugins.framework import (
    Boolean,
    ListOf,
    MapOf,
    Number,
    Object,
    PluginError,
    Resource,
    Schema,
    String,
    Type,
    Values,
)
from lab.plugins.properties import Property

if TYPE_CHECKING:
    from lab.plugins.cloudflare.client import Api

SENT = (
    *("name", "type", "ttl", "content", "proxied", "comment", "tags", "priority", "settings"),
    *("data", "privateRouting"),
)
SETTINGS = Object({name: Property(Boolean()) for name in ("ipv4Only", "ipv6Only", "flattenCname")})


class DnsRecord(Resource):
    """A DNS record. A change of `type` or `zoneId` makes a new one."""

    schema = Schema(
        inputs={
            "zoneId": Property(String(), required=True, replaces=True),
            "name": Property(String(), required=True),
            "type": Property(String(), required=True, replaces=True),
            "ttl": Property(Number(), required=True),
            "content": Property(String(), computed=True),
            "proxied": Property(Boolean(), default=False),
            "comment": Property(String()),
            "tags": Property(ListOf(String(), ordered=False), computed=True),
            "priority": Property(Number()),
            "settings": Property(SETTINGS, computed=True),
            "data": Property(MapOf(Type())),
            "privateRouting": Property(Boolean()),
            "includeShadowMetadata": Property(Boolean()),
        },
        outputs=(
            *("commentModifiedOn", "createdOn", "meta", "modifiedOn", "proxiable"),
            "tagsModifiedOn",
        ),
        volatile=("commentModifiedOn", "modifiedOn", "meta", "proxiable", "tagsModifiedOn"),
        strict=False,
    )

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        path = f"/zones/{inputs['zoneId']}/dns_records"
        made = self._api.call("post", path, body=_body(inputs))
        return str(made["id"]), _outputs(made, inputs)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource; on import the id is `zone id/record id`."""
        zone_id, record_id = _ids(resource_id, state)
        try:
            found = self._api.get(f"/zones/{zone_id}/dns_records/{record_id}")
        except NotFoundError:
            return None
        now = {key: value for key, value in from_api(found).items() if key != "id"}
        return {**now, **_outputs(found, state), "zoneId": zone_id, **_as_written(now, state)}

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        zone_id, record_id = _ids(resource_id, state)
        path = f"/zones/{zone_id}/dns_records/{record_id}"
        return _outputs(self._api.call("put", path, body=_body(inputs)), inputs)

    def delete(self, resource_id: str, state: Values) -> None:
        """See Resource; the published plugin fails when the record is gone, and so does this."""
        zone_id, record_id = _ids(resource_id, state)
        self._api.call("delete", f"/zones/{zone_id}/dns_records/{record_id}")


def _body(inputs: Values) -> Values:
    body: Values = to_api({name: inputs[name] for name in SENT if inputs.get(name) is not None})
    return body


def _outputs(record: Values, inputs: Values) -> Values:
    """What the API alone decides, and what it decided for inputs that were not given."""
    shown = from_api(record)
    computed = [key for key, prop in DnsRecord.schema.inputs.items() if prop.computed]
    chosen = {key: shown[key] for key in computed if key in shown and inputs.get(key) is None}
    outputs = {key: shown[key] for key in DnsRecord.schema.outputs if key in shown}
    return {**chosen, **outputs, "meta": json.dumps(record.get("meta") or {})}


def _as_written(now: Values, state: Values) -> Values:
    """Name and target as the program wrote them, while they mean what the API has.

    `asr` is `asr.gonova.one`. Not an IPv6 address: the published plugin compares its letters, and
    the API has the shortest form.
    """
    kept: Values = {}
    name, content = state.get("name"), state.get("content")
    if isinstance(name, str):
        plain = name.lower().removesuffix(".")
        if now["name"] == plain or now["name"].startswith(f"{plain}.") or plain == "@":
            kept["name"] = name
    is_name = now.get("type") != "AAAA"
    if is_name and isinstance(content, str) and _plain(content) == _plain(str(now.get("content"))):
        kept["content"] = content
    return kept


def _plain(content: str) -> str:
    return content.lower().removesuffix(".")


def _ids(resource_id: str, state: Values) -> tuple[str, str]:
    zone_id, slash, record_id = resource_id.rpartition("/")
    if slash:
        return zone_id, record_id
    if not state.get("zoneId"):
        raise PluginError(f"invalid id {resource_id!r}: use <zone_id>/<dns_record_id>")
    return str(state["zoneId"]), record_id
