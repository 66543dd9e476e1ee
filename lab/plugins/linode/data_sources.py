"""Data sources: what the catalog offers."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from lab.plugins.framework import PluginError, Values
from lab.plugins.linode.cloud import Cloud

Function = Callable[[Values], Values]


class DataSources:
    """The plugin's functions by their tokens."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def by_token(self) -> dict[str, Function]:
        """See the class."""
        return {
            f"linode:index/{name}:{name}": function
            for name, function in {
                "getInstanceType": self._one("/linode/types", _type_view),
                "getInstanceTypes": self._several("/linode/types", "types", _type_view),
                "getRegion": self._one("/regions", _region_view),
                "getRegions": self._several("/regions", "regions", _region_view),
                "getImage": self._one("/images", _image_view),
                "getImages": self._several("/images", "images", _image_view),
            }.items()
        }

    def _one(self, path: str, view: Function) -> Function:
        def look_up(args: Values) -> Values:
            if not args.get("id"):
                raise PluginError('The argument "id" is required, but no definition was found.')
            found = self._cloud.find(f"{path}/{args['id']}")
            if found is None:
                raise PluginError(f"Failed to get {path} {args['id']}: [404] Not found")
            return view(found)

        return look_up

    def _several(self, path: str, name: str, view: Function) -> Function:
        def look_up(args: Values) -> Values:
            filters = args.get("filters") or []
            found = [each for each in self._cloud.every(path) if _passes(each, filters)]
            ids = "-".join(str(each["id"]) for each in found)
            digest = hashlib.sha1(ids.encode(), usedforsecurity=False).hexdigest()
            return {**args, "id": digest, name: [view(each) for each in found]}

        return look_up


def _passes(record: Values, filters: list[Values]) -> bool:
    """Whether every filter has a value that the record's field has, too."""

    def passes(wanted: Values) -> bool:
        actual = record.get(wanted["name"])
        texts = [_text(each) for each in (actual if isinstance(actual, list) else [actual])]
        match wanted.get("matchBy", "exact"):
            case "exact":
                return any(value in texts for value in wanted["values"])
            case "substring" | "sub":
                return any(value in text for value in wanted["values"] for text in texts)
            case "re" | "regex":
                return any(re.search(value, text) for value in wanted["values"] for text in texts)
            case other:
                raise PluginError(f"unknown match_by {other!r}")

    return all(passes(wanted) for wanted in filters)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type_view(kind: Values) -> Values:
    backups = kind["addons"]["backups"]
    addons = {"prices": [backups["price"]], "regionPrices": backups["region_prices"]}
    return {
        "id": kind["id"],
        "label": kind["label"],
        "class": kind["class"],
        "disk": kind["disk"],
        "memory": kind["memory"],
        "vcpus": kind["vcpus"],
        "transfer": kind["transfer"],
        "networkOut": kind["network_out"],
        "acceleratedDevices": kind["accelerated_devices"],
        "prices": [kind["price"]],
        "regionPrices": kind["region_prices"],
        "addons": [{"backups": [addons]}],
    }


def _region_view(region: Values) -> Values:
    limits = region["placement_group_limits"]
    return {
        **{name: region[name] for name in ("id", "label", "country", "status", "capabilities")},
        "siteType": region["site_type"],
        "resolvers": [region["resolvers"]],
        "placementGroupLimits": [
            {
                "maximumPgsPerCustomer": limits["maximum_pgs_per_customer"],
                "maximumLinodesPerPg": limits["maximum_linodes_per_pg"],
            }
        ],
        "monitors": [region["monitors"]],
    }


def _image_view(image: Values) -> Values:
    plain = (
        "id", "label", "description", "created", "deprecated", "expiry", "size", "status", "tags",
        "type", "vendor", "capabilities",
    )  # fmt: skip
    return {
        **{name: image[name] for name in plain},
        "createdBy": image["created_by"],
        "isPublic": image["is_public"],
        "totalSize": image["total_size"],
        "replications": [],
    }
