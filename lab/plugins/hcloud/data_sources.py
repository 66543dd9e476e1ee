"""Data sources: what the catalog offers, and what the project has."""

import hashlib
from collections.abc import Callable
from typing import Any

from lab.plugins.framework import PluginError, Values
from lab.plugins.hcloud.cloud import Cloud, Vendor, by_id, date, plain_errors
from lab.plugins.hcloud.server_schema import SERVER
from lab.plugins.hcloud.servers import Server

Function = Callable[[Values], Values]


class DataSources:
    """The plugin's functions by their tokens."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def by_token(self) -> dict[str, Function]:
        """See the class."""
        return {
            f"hcloud:index/{name}:{name}": function
            for name, function in {
                "getServerType": self._server_type,
                "getServerTypes": self._server_types,
                "getLocation": self._location,
                "getLocations": self._locations,
                "getImage": self._image,
                "getSshKey": self._ssh_key,
                "getSshKeys": self._ssh_keys,
                "getServer": self._server,
            }.items()
        }

    def _server_type(self, args: Values) -> Values:
        with plain_errors():
            return _server_type(_one(self._cloud.api.server_types, "server type", args))

    def _server_types(self, _: Values) -> Values:
        with plain_errors():
            every = [_server_type(each) for each in self._cloud.api.server_types.get_all()]
        return {
            "id": _list_id(every),
            "serverTypeIds": [str(each["id"]) for each in every],
            "names": [each["name"] for each in every],
            "descriptions": [each["description"] for each in every],
            "serverTypes": every,
        }

    def _location(self, args: Values) -> Values:
        with plain_errors():
            return _location(_one(self._cloud.api.locations, "location", args))

    def _locations(self, _: Values) -> Values:
        with plain_errors():
            every = [_location(each) for each in self._cloud.api.locations.get_all()]
        return {
            "id": _list_id(every),
            "locationIds": [str(each["id"]) for each in every],
            "names": [each["name"] for each in every],
            "descriptions": [each["description"] for each in every],
            "locations": every,
        }

    def _image(self, args: Values) -> Values:
        images = self._cloud.api.images
        architecture = args.get("withArchitecture", "x86")
        with plain_errors():
            if args.get("id"):
                image = by_id(images, args["id"])
            else:
                image = images.get_by_name_and_architecture(
                    name=args.get("name", ""),
                    architecture=architecture,
                    include_deprecated=args.get("includeDeprecated", False),
                )
        if image is None:
            raise _not_found("image", args)
        return {
            **args,
            "id": image.id,
            "name": image.name,
            "type": image.type,
            "description": image.description,
            "created": date(image.created),
            "osFlavor": image.os_flavor,
            "osVersion": image.os_version,
            "architecture": image.architecture,
            "rapidDeploy": image.rapid_deploy,
            "labels": image.labels,
            **_deprecation(image.deprecation),
        }

    def _ssh_key(self, args: Values) -> Values:
        keys = self._cloud.api.ssh_keys
        with plain_errors():
            selector = args.get("withSelector") or args.get("selector")
            if args.get("fingerprint"):
                key = keys.get_by_fingerprint(args["fingerprint"])
            elif selector:
                every = keys.get_all(label_selector=selector)
                if len(every) > 1:
                    raise PluginError(f"more than one ssh key found for selector {selector}")
                key = every[0] if every else None
            else:
                return {**args, **_ssh_key(_one(keys, "ssh key", args))}
        if key is None:
            raise _not_found("ssh key", args)
        return {**args, **_ssh_key(key)}

    def _ssh_keys(self, args: Values) -> Values:
        with plain_errors():
            every = self._cloud.api.ssh_keys.get_all(label_selector=args.get("withSelector"))
        found = [_ssh_key(each) for each in every]
        return {**args, "id": _list_id(found), "sshKeys": found}

    def _server(self, args: Values) -> Values:
        with plain_errors():
            server = _one(self._cloud.api.servers, "server", args)
            state = Server(self._cloud).read(str(server.id), {})
        known = {*SERVER.inputs, *SERVER.outputs}
        shown = {name: value for name, value in (state or {}).items() if name in known}
        return {**shown, "id": server.id}


def _one(client: Vendor, what: str, args: Values) -> Vendor:
    """The one thing that `id` or `name` says."""
    if args.get("id"):
        found = by_id(client, args["id"])
    elif args.get("name"):
        found = client.get_by_name(args["name"])
    else:
        raise PluginError(f"please specify an id or a name to look up the {what}")
    if found is None:
        raise _not_found(what, args)
    return found


def _not_found(what: str, args: Values) -> PluginError:
    told = " ".join(f"{name}={value}" for name, value in args.items())
    return PluginError(f"Resource not found: Resource ({what}) was not found: {told}")


def _server_type(kind: Vendor) -> Values:
    places = [
        {
            "id": place.location.id,
            "name": place.location.name,
            "available": place.available,
            "recommended": place.recommended,
            **_deprecation(place.deprecation),
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
        **_deprecation(kind.data_model._deprecation),  # noqa: SLF001  # the public name warns
        "locations": places,
    }


def _location(location: Vendor) -> Values:
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


def _ssh_key(key: Vendor) -> Values:
    return {
        "id": key.id,
        "name": key.name,
        "fingerprint": key.fingerprint,
        "publicKey": key.public_key,
        "labels": key.labels,
    }


def _deprecation(info: Vendor) -> Values:
    return {
        "isDeprecated": info is not None,
        "deprecationAnnounced": None if info is None else date(info.announced),
        "unavailableAfter": None if info is None else date(info.unavailable_after),
    }


def _list_id(every: list[Any]) -> str:
    """A stable id for a list, from the ids in it."""
    text = "-".join(str(each["id"]) for each in every)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
