"""`digitalocean:index/sshKey:SshKey`."""

from lab.plugins.digitalocean.cloud import Cloud
from lab.plugins.framework import PluginError, Property, Resource, Schema, String, Values

SSH_KEY = Schema(
    inputs={
        "name": Property(String(), autoname=True),
        # White space around it is no difference.
        "publicKey": Property(String(), required=True, replaces=True, stored=str.strip),
    },
    outputs=("fingerprint",),
)


class SshKey(Resource):
    """A public key kept in the account."""

    schema = SSH_KEY

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        body = {"name": inputs["name"], "public_key": inputs["publicKey"]}
        try:
            made = self._cloud.call("POST", "/account/keys", body)["ssh_key"]
        except PluginError as error:
            raise PluginError(f"Error creating SSH Key: {error}") from error
        return str(made["id"]), _state(made)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        del state
        answer = self._cloud.found(f"/account/keys/{resource_id}")
        return None if answer is None else _state(answer["ssh_key"])

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource; only the name can change."""
        del state
        body = {"name": inputs["name"]}
        return _state(self._cloud.call("PUT", f"/account/keys/{resource_id}", body)["ssh_key"])

    def delete(self, resource_id: str, state: Values) -> None:
        """See Resource."""
        del state
        self._cloud.call("DELETE", f"/account/keys/{resource_id}")


def _state(key: Values) -> Values:
    return {
        "name": key["name"],
        "publicKey": key["public_key"],
        "fingerprint": key["fingerprint"],
    }
