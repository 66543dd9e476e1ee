"""`/zones/{zone_id}/dns_records`: list, create, get, overwrite, edit, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from lab.clouds.cloudflare.envelope import ApiError, Json, json_object, page, success
from lab.clouds.cloudflare.record_rules import PROXIABLE, checked, refuse_conflict
from lab.clouds.cloudflare.state import Store, Zone, new_id, now

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response

    from lab.clouds.cloudflare.auth import Tokens

TEXT_FILTERS = ("name", "content", "comment")
ORDERS = ("type", "name", "content", "ttl", "proxied")


class Records:
    """The endpoints for DNS records."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self._store = store
        self._tokens = tokens

    def routes(self) -> list[Route]:
        """The paths below the API's base path."""
        many, one = "/zones/{zone_id}/dns_records", "/zones/{zone_id}/dns_records/{record_id}"
        return [
            Route(many, self.list, methods=["GET"]),
            Route(many, self.create, methods=["POST"]),
            Route(one, self.get, methods=["GET"]),
            Route(one, self.overwrite, methods=["PUT"]),
            Route(one, self.edit, methods=["PATCH"]),
            Route(one, self.delete, methods=["DELETE"]),
        ]

    async def list(self, request: Request) -> Response:
        """Records that match the filters."""
        zone = self._zone(request, "DNS Read")
        query = request.query_params
        found = [record for record in zone.records if _matches(record, query)]
        order = query.get("order", "name")
        if order not in ORDERS:
            raise ApiError(400, 1004, f"Invalid order {order!r}: use {', '.join(ORDERS)}")
        found.sort(key=lambda record: record[order], reverse=query.get("direction") == "desc")
        return page(request, found, default=100, most=5000000)

    async def create(self, request: Request) -> Response:
        """A new record; 400 when one like it exists."""
        zone = self._zone(request, "DNS Write")
        fields = checked(await json_object(request), zone.name)
        refuse_conflict(fields, zone.records)
        record = _stamped(fields, {"id": new_id(), "created_on": now()})
        zone.records.append(record)
        self._store.save()
        return success(record)

    async def get(self, request: Request) -> Response:
        """One record; 404 when there is none."""
        return success(_find(self._zone(request, "DNS Read"), request))

    async def overwrite(self, request: Request) -> Response:
        """Replace all of a record's fields: what is left out takes its default."""
        zone = self._zone(request, "DNS Write")
        return self._change(zone, _find(zone, request), await json_object(request))

    async def edit(self, request: Request) -> Response:
        """Change only the fields given."""
        zone = self._zone(request, "DNS Write")
        record = _find(zone, request)
        return self._change(zone, record, record | await json_object(request))

    async def delete(self, request: Request) -> Response:
        """Remove a record; 404 when there is none."""
        zone = self._zone(request, "DNS Write")
        record = _find(zone, request)
        zone.records.remove(record)
        self._store.save()
        return success({"id": record["id"]})

    def _change(self, zone: Zone, record: Json, wanted: Json) -> Response:
        fields = checked(wanted, zone.name)
        refuse_conflict(fields, [other for other in zone.records if other is not record])
        changed = _stamped(fields, record)
        zone.records[zone.records.index(record)] = changed
        self._store.save()
        return success(changed)

    def _zone(self, request: Request, permission: str) -> Zone:
        self._tokens.require(request, permission)
        return self._store.zone(request.path_params["zone_id"])


def _stamped(fields: Json, before: Json) -> Json:
    moment = now()
    record = {
        "id": before["id"],
        **fields,
        "proxiable": fields["type"] in PROXIABLE,
        "meta": {},
        "created_on": before["created_on"],
        "modified_on": moment,
    }
    if fields["comment"] is not None:
        same = before.get("comment") == fields["comment"]
        record["comment_modified_on"] = before["comment_modified_on"] if same else moment
    return record


def _find(zone: Zone, request: Request) -> Json:
    for record in zone.records:
        if record["id"] == request.path_params["record_id"]:
            return record
    raise ApiError(404, 81044, "Record does not exist.")


def _matches(record: Json, query: QueryParams) -> bool:
    tests = [
        _text_matches(record[field] or "", query, field)
        for field in TEXT_FILTERS
        if any(key == field or key.startswith(f"{field}.") for key in query)
    ]
    if "type" in query:
        tests.append(record["type"] == query["type"].upper())
    if "proxied" in query:
        tests.append(record["proxied"] == (query["proxied"] == "true"))
    if "search" in query:
        text = query["search"].lower()
        tests.append(any(text in (record[field] or "").lower() for field in TEXT_FILTERS))
    return (any if query.get("match") == "any" else all)(tests or [True])


def _text_matches(value: str, query: QueryParams, field: str) -> bool:
    value = value.lower()

    tests: dict[str, Callable[[str], bool]] = {
        "exact": lambda wanted: value == wanted,
        "contains": lambda wanted: wanted in value,
        "startswith": value.startswith,
        "endswith": value.endswith,
        "present": lambda _: value != "",
        "absent": lambda _: value == "",
    }
    results = [
        test(query[f"{field}.{operator}"].lower())
        for operator, test in tests.items()
        if f"{field}.{operator}" in query
    ]
    if field in query:
        results.append(value == query[field].lower())
    return all(results)
