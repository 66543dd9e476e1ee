"""Data sources: what the catalog offers, and what the project has."""

from collections.abc import Callable

from lab.plugins.framework import PluginError, Values
from lab.plugins.hcloud.cloud import Cloud, by_id, date, plain_errors
from lab.plugins.hcloud.data_views import (
    deprecation_view,
    list_id,
    location_view,
    server_type_view,
    ssh_key_view,
)
from lab.plugins.hcloud.server_schema import SERVER
from lab.plugins.hcloud.servers import Server
from lab.plugins.hcloud.vendor import Vendor

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
            return server_type_view(_one(self._cloud.api.server_types, "server type", args))

    def _server_types(self, _: Values) -> Values:
        with plain_errors():
            every = [server_type_view(each) for each in self._cloud.api.server_types.get_all()]
        return {
            "id": list_id(every),
            "serverTypeIds": [str(each["id"]) for each in every],
            "names": [each["name"] for each in every],
            "descriptions": [each["description"] for each in every],
            "serverTypes": every,
        }

    def _location(self, args: Values) -> Values:
        with plain_errors():
            return location_view(_one(self._cloud.api.locations, "location", args))

    def _locations(self, _: Values) -> Values:
        with plain_errors():
            every = [location_view(each) for each in self._cloud.api.locations.get_all()]
        return {
            "id": list_id(every),
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
            **deprecation_view(image.deprecation),
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
                return {**args, **ssh_key_view(_one(keys, "ssh key", args))}
        if key is None:
            raise _not_found("ssh key", args)
        return {**args, **ssh_key_view(key)}

    def _ssh_keys(self, args: Values) -> Values:
        with plain_errors():
            every = self._cloud.api.ssh_keys.get_all(label_selector=args.get("withSelector"))
        found = [ssh_key_view(each) for each in every]
        return {**args, "id": list_id(found), "sshKeys": found}

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
