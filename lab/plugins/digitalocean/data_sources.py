"""Data sources: what the catalog offers, and the account's keys."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from lab.plugins.digitalocean.cloud import ApiError, Cloud
from lab.plugins.framework import Function, PluginError, Values

SIZE = {
    "slug": "slug", "available": "available", "transfer": "transfer", "memory": "memory",
    "priceMonthly": "price_monthly", "priceHourly": "price_hourly", "vcpus": "vcpus",
    "disk": "disk", "regions": "regions",
}  # fmt: skip
REGION = {name: name for name in ("slug", "name", "available", "features", "sizes")}


class DataSources:
    """The plugin's functions by their tokens."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def by_token(self) -> dict[str, Function]:
        """See the class."""
        return {
            f"digitalocean:index/{name}:{name}": function
            for name, function in {
                "getSizes": self._sizes,
                "getRegions": self._regions,
                "getImage": self._image,
                "getSshKey": self._ssh_key,
            }.items()
        }

    def _sizes(self, args: Values) -> Values:
        chosen = _chosen(self._cloud.every("/sizes", "sizes"), args)
        return {
            **args,
            "id": "sizes",
            "sizes": [{**_view(each, SIZE), "gpuInfos": []} for each in chosen],
        }

    def _regions(self, args: Values) -> Values:
        chosen = _chosen(self._cloud.every("/regions", "regions"), args)
        return {**args, "id": "regions", "regions": [_view(each, REGION) for each in chosen]}

    def _image(self, args: Values) -> Values:
        if sum(key in args for key in ("id", "slug", "name")) != 1:
            raise PluginError("only one of `id,name,slug` can be specified, and one must be")
        if "name" in args:
            image = self._named_image(args["name"], str(args.get("source", "user")).lower())
        else:
            key = quote(str(args.get("slug") or args["id"]), safe="")
            try:
                image = self._cloud.call("GET", f"/images/{key}")["image"]
            except ApiError as error:
                raise PluginError(f"image not found: {error}") from error
        return {
            "source": args.get("source", "user"),
            "id": image["id"],
            "name": image["name"],
            "slug": image["slug"],
            "image": str(image["id"]),
            "distribution": image["distribution"],
            "type": image["type"],
            "private": not image["public"],
            "minDiskSize": image["min_disk_size"],
            "sizeGigabytes": image["size_gigabytes"],
            "description": image["description"],
            "created": image["created_at"],
            "regions": image["regions"],
            "tags": image["tags"],
            "status": image["status"],
            "errorMessage": image["error_message"],
        }

    def _named_image(self, name: str, source: str) -> Values:
        query: Values = {"all": {}, "user": {"private": "true"}}.get(
            source, {"type": source.removesuffix("s")}
        )
        found = [e for e in self._cloud.every("/images", "images", **query) if e["name"] == name]
        if len(found) != 1:
            told = "no image found" if not found else "too many images found"
            raise PluginError(f"{told} with name {name}")
        return found[0]

    def _ssh_key(self, args: Values) -> Values:
        for key in self._cloud.every("/account/keys", "ssh_keys"):
            if key["name"] == args["name"]:
                return {
                    "id": key["id"],
                    "name": key["name"],
                    "publicKey": key["public_key"],
                    "fingerprint": key["fingerprint"],
                }
        raise PluginError(f"ssh key with name {args['name']} not found")


def _view(record: Values, names: dict[str, str]) -> Values:
    return {name: record[key] for name, key in names.items()}


def _chosen(records: Iterable[Values], args: Values) -> list[Values]:
    """Those that pass all filters, in the order asked for; keys are the API's names."""
    found = [r for r in records if all(_passes(r, rule) for rule in args.get("filters", []))]
    for rule in reversed(args.get("sorts", [])):
        found.sort(key=lambda r: r[rule["key"]], reverse=rule.get("direction") == "desc")
    return found


def _passes(record: Values, rule: Values) -> bool:
    """Whether any (with `all`, each) of a filter's values is that of the record."""
    if rule["key"] not in record:
        raise PluginError(f"unknown filter key {rule['key']}")
    value = record[rule["key"]]
    have = [_text(item) for item in (value if isinstance(value, list) else [value])]
    how = rule.get("matchBy", "exact")
    hits = [any(_matches(how, text, _text(wanted)) for text in have) for wanted in rule["values"]]
    return all(hits) if rule.get("all") else any(hits)


def _text(value: Any) -> str:
    """A value as it is compared: numbers without a useless fraction."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _matches(how: str, text: str, wanted: str) -> bool:
    if how == "re":
        return re.search(wanted, text) is not None
    return wanted in text if how == "substring" else wanted == text
