"""What a DNS record must look like; every refusal is an ApiError with Cloudflare's number."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from lab.clouds.cloudflare.envelope import ApiError, Json, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

PROXIABLE = ("A", "AAAA", "CNAME")
TYPES = (*PROXIABLE, "TXT", "MX", "NS", "PTR", "CAA", "SRV")
AUTOMATIC = 1  # a TTL that Cloudflare chooses; the only one of a proxied record
TTL = range(60, 86401)
LONGEST_COMMENT = 100  # on the Free plan
SETTINGS = {
    "A": ("ipv4_only", "ipv6_only"),
    "AAAA": ("ipv4_only", "ipv6_only"),
    "CNAME": ("ipv4_only", "ipv6_only", "flatten_cname"),
}
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "::/127", "fc00::/7", "fe80::/10"),
    )
]
MORE = (
    "For more details, refer to <https://developers.cloudflare.com/dns/manage-dns-records/"
    "troubleshooting/records-with-same-name/>."
)


def checked(given: Json, zone: str) -> Json:
    """The record's own fields, normalised: name, type, content, ttl, proxied and the rest."""
    kind = given.get("type")
    if kind not in TYPES:
        raise _invalid(9001, f"DNS record type {kind!r} is invalid or not offered here.")
    proxied = given.get("proxied") or False
    if not isinstance(proxied, bool):
        raise _invalid(9003, "Invalid 'proxied' value, must be a boolean")
    if proxied and kind not in PROXIABLE:
        raise ApiError(400, 9004, "This record type cannot be proxied.")
    record: Json = {
        "name": _name(given.get("name"), zone),
        "type": kind,
        "content": _content(kind, given),
        "proxied": proxied,
        "ttl": _ttl(given.get("ttl"), proxied=proxied),
        "settings": _settings(kind, given.get("settings")),
        "comment": _comment(given.get("comment")),
        "tags": _tags(given.get("tags")),
    }
    if kind == "MX":
        record["priority"] = _number("priority", given.get("priority"))
    if kind in {"CAA", "SRV"}:
        record["data"] = given["data"]
        if kind == "SRV":
            record["priority"] = given["data"]["priority"]
    if kind == "CNAME" and record["content"] == record["name"]:
        raise ApiError(400, 9039, "CNAME content cannot reference itself.")
    if proxied:
        _proxied_target(record)
    return record


def refuse_conflict(record: Json, others: Sequence[Json]) -> None:
    """Raise ApiError when `record` cannot stand beside the zone's `others`."""
    same_name = [other for other in others if other["name"] == record["name"]]
    if any(all(o[k] == record[k] for k in ("type", "content")) for o in same_name):
        raise ApiError(400, 81058, "An identical record already exists.")
    kinds = {other["type"] for other in same_name}
    if record["type"] == "CNAME" and kinds & set(PROXIABLE):
        raise ApiError(
            400, 81053, f"An A, AAAA, or CNAME record with that host already exists. {MORE}"
        )
    if record["type"] in {"A", "AAAA"} and "CNAME" in kinds:
        raise ApiError(400, 81054, f"A CNAME record with that host already exists. {MORE}")


def _name(given: object, zone: str) -> str:
    if not isinstance(given, str) or not given:
        raise ApiError(400, 9000, "DNS name is invalid.")
    try:
        name = given.lower().removesuffix(".").encode("idna").decode()
    except UnicodeError as error:
        raise ApiError(400, 9000, "DNS name is invalid.") from error
    if name == "@":
        return zone
    if name != zone and not name.endswith(f".{zone}"):
        if given.endswith("."):  # fully qualified, so it cannot be meant as a name in the zone
            raise ApiError(400, 9000, "DNS name is invalid.")
        name = f"{name}.{zone}"
    if not is_hostname(name.removeprefix("*.")):
        raise ApiError(400, 9000, "DNS name is invalid.")
    return name


def is_hostname(name: str) -> bool:
    """Whether this is a name that DNS can hold."""
    longest = 253
    return len(name) <= longest and all(LABEL.fullmatch(label) for label in name.split("."))


def _content(kind: str, given: Json) -> str:
    content = given.get("content")
    if kind in {"CAA", "SRV"}:
        return _from_data(kind, given.get("data"))
    if not isinstance(content, str) or not content:
        raise _invalid(9007, f"Content for {kind} record is missing.")
    match kind:
        case "A" | "AAAA":
            try:
                address = ipaddress.ip_address(content)
            except ValueError:
                address = None
            version = {"A": 4, "AAAA": 6}[kind]
            if address is None or address.version != version:
                code = {"A": 9005, "AAAA": 9006}[kind]
                raise ApiError(
                    400, code, f"Content for {kind} record must be a valid IPv{version} address."
                )
            return str(address)
        case "TXT":
            return content
        case _:
            target = content.lower().removesuffix(".")
            if not is_hostname(target):
                raise ApiError(400, 9007, f"Content for {kind} record is invalid.")
            return target


def _from_data(kind: str, data: object) -> str:
    parts = {
        "CAA": ("flags", "tag", "value"),
        "SRV": ("priority", "weight", "port", "target"),
    }[kind]
    if not isinstance(data, dict) or any(part not in data for part in parts):
        raise _invalid(9101, f"data of a {kind} record needs {', '.join(parts)}.")
    if kind == "CAA":
        return f'{data["flags"]} {data["tag"]} "{data["value"]}"'
    return f"{data['weight']} {data['port']} {data['target']}"


def _ttl(given: object, *, proxied: bool) -> int:
    if given is None:
        return AUTOMATIC
    value = _number("ttl", given)
    if value != AUTOMATIC and value not in TTL:
        raise ApiError(400, 9021, "TTL must be between 60 and 86400 seconds, or 1 for Automatic.")
    return AUTOMATIC if proxied else value


def _number(what: str, given: object) -> int:
    if isinstance(given, int | float) and not isinstance(given, bool) and given == int(given):
        return int(given)
    raise _invalid(9020, f"Invalid {what}, must be a whole number.")


def _comment(given: object) -> str | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str) or len(given) > LONGEST_COMMENT:
        raise _invalid(9110, f"Comment is invalid: at most {LONGEST_COMMENT} characters.")
    return given


def _tags(given: object) -> list[str]:
    if not given:
        return []
    count = len(given) if isinstance(given, list) else 1
    raise ApiError(400, 9300, f"DNS record has {count} tags, exceeding the quota of 0.")


def _settings(kind: str, given: object) -> Json:
    known = SETTINGS.get(kind, ())
    if given is None:
        given = {}
    if not isinstance(given, dict) or any(
        name not in known or not isinstance(value, bool | None) for name, value in given.items()
    ):
        raise _invalid(
            9100, f"settings of a {kind} record may hold {', '.join(known) or 'nothing'}."
        )
    settings = {name: value for name, value in given.items() if value is not None}
    return {"flatten_cname": False, **settings} if kind == "CNAME" else settings


def _proxied_target(record: Json) -> None:
    content = record["content"]
    try:
        address = ipaddress.ip_address(content)
    except ValueError:
        return
    if any(address in network for network in NOT_PUBLIC if network.version == address.version):
        raise ApiError(400, 9003, f"Target {content} is not allowed for a proxied record.")


def _invalid(code: int, message: str) -> ApiError:
    chain = [Problem(code=code, message=message)]
    return ApiError(400, 1004, "DNS Validation Error", chain=chain)
