"""What data sources show of Hetzner's models."""

import hashlib
from typing import Any

from lab.plugins.framework import Values
from lab.plugins.hcloud.cloud import date
from lab.plugins.hcloud.vendor import Vendor


def server_type_view(kind: Vendor) -> Values:
    """A server type, with where it is to be had."""
    places = [
        {
            "id": place.location.id,
            "name": place.location.name,
            "available": place.available,
            "recommended": place.recommended,
            **deprecation_view(place.deprecation),
        }
        for place in kind.locations
    ]
    return {
        "id": kind.id,
        "name": kind.name,
        "description": kind.description,
        "category": kind.category,
        "cores": kind.cores,
        "memory": kind.memory,
        "disk": kind.disk,
        "storageType": kind.storage_type,
        "cpuType": kind.cpu_type,
        "architecture": kind.architecture,
        "includedTraffic": 0,
        **deprecation_view(kind.data_model._deprecation),  # noqa: SLF001  # the public name warns
        "locations": places,
    }


def location_view(location: Vendor) -> Values:
    """A location."""
    return {
        "id": location.id,
        "name": location.name,
        "description": location.description,
        "country": location.country,
        "city": location.city,
        "latitude": location.latitude,
        "longitude": location.longitude,
        "networkZone": location.network_zone,
    }


def ssh_key_view(key: Vendor) -> Values:
    """An SSH key."""
    return {
        "id": key.id,
        "name": key.name,
        "fingerprint": key.fingerprint,
        "publicKey": key.public_key,
        "labels": key.labels,
    }


def deprecation_view(info: Vendor) -> Values:
    """Whether and since when something is on its way out."""
    return {
        "isDeprecated": info is not None,
        "deprecationAnnounced": None if info is None else date(info.announced),
        "unavailableAfter": None if info is None else date(info.unavailable_after),
    }


def list_id(every: list[Any]) -> str:
    """A stable id for a list, from the ids in it."""
    text = "-".join(str(each["id"]) for each in every)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
