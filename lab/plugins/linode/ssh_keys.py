"""`linode:index/sshKey:SshKey`."""

from lab.plugins.framework import Property, Resource, Schema, String, Values
from lab.plugins.linode.cloud import Cloud

SSH_KEY = Schema(
    inputs={
        "label": Property(String(), required=True),
        "sshKey": Property(String(), required=True, replaces=True),
    },
    outputs=("created",),
    strict=False,
)


class SshKey(Resource):
    """A public key kept in the user's profile."""

    schema = SSH_KEY

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        body = {"label": inputs["label"], "ssh_key": inputs["sshKey"]}
        key = self._cloud.post("/profile/sshkeys", body)
        return str(key["id"]), _state(key, inputs)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        key = self._cloud.find(f"/profile/sshkeys/{resource_id}")
        return None if key is None else _state(key, state)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        del state
        path = f"/profile/sshkeys/{resource_id}"
        return _state(self._cloud.put(path, {"label": inputs["label"]}), inputs)

    def delete(self, resource_id: str, state: Values) -> None:
        """See Resource."""
        del state
        self._cloud.delete(f"/profile/sshkeys/{resource_id}")


def _state(key: Values, state: Values) -> Values:
    """The API strips white space around the key; the state keeps it as the program gave it."""
    given = str(state.get("sshKey", ""))
    return {
        "label": key["label"],
        "sshKey": given if given.strip() == key["ssh_key"] else key["ssh_key"],
        "created": f"{key['created']}Z",
    }
