"""`hcloud:index/sshKey:SshKey`."""

from lab.plugins.framework import MapOf, Property, Resource, Schema, String, Values
from lab.plugins.hcloud.cloud import Cloud, by_id, plain_errors
from lab.plugins.hcloud.labels import check_labels
from lab.plugins.hcloud.vendor import Vendor

SSH_KEY = Schema(
    inputs={
        "name": Property(String(), autoname=True),
        "publicKey": Property(String(), required=True, replaces=True),
        "labels": Property(MapOf(String()), check=check_labels),
    },
    outputs=("fingerprint",),
    strict=False,
)


class SshKey(Resource):
    """A public key kept in the project."""

    schema = SSH_KEY

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        with plain_errors():
            key = self._cloud.api.ssh_keys.create(
                name=inputs["name"], public_key=inputs["publicKey"], labels=inputs.get("labels")
            )
        return str(key.id), _state(key, inputs)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        with plain_errors():
            key = by_id(self._cloud.api.ssh_keys, resource_id)
        return None if key is None else _state(key, state)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        del state
        with plain_errors():
            key = self._cloud.api.ssh_keys.get_by_id(int(resource_id))
            updated = key.update(name=inputs["name"], labels=inputs.get("labels", {}))
        return _state(updated, inputs)

    def delete(self, resource_id: str, state: Values) -> None:
        """See Resource."""
        del state
        with plain_errors():
            key = by_id(self._cloud.api.ssh_keys, resource_id)
            if key is not None:
                key.delete()


def _state(key: Vendor, state: Values) -> Values:
    """The API strips white space around the key; the state keeps it as the program gave it."""
    given = str(state.get("publicKey", ""))
    return {
        "name": key.name,
        "publicKey": given if given.strip() == key.public_key else key.public_key,
        "fingerprint": key.fingerprint,
        "labels": key.labels,
    }
