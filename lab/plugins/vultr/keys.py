"""`vultr:index/sSHKey:SSHKey` and `vultr:index/startupScript:StartupScript`: named texts."""

from lab.plugins.framework import Property, Resource, Schema, String, Values
from lab.plugins.vultr.choices import is_base64, one_of
from lab.plugins.vultr.cloud import Cloud, Explained

SSH_KEY = Schema(
    inputs={
        "name": Property(String(), autoname=True),
        "sshKey": Property(String(), required=True),
    },
    outputs=("dateCreated",),
)
STARTUP_SCRIPT = Schema(
    inputs={
        "name": Property(String(), autoname=True),
        "script": Property(String(), required=True, check=is_base64),
        "type": Property(
            String(), default="boot", replaces=True, check=one_of("type", "boot", "pxe")
        ),
    },
    outputs=("dateCreated", "dateModified"),
)


class _Named(Resource):
    """A text kept in the account under a name."""

    path: str
    key: str
    what: str
    fields: dict[str, str]

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        with Explained(f"error creating {self.what}"):
            made = self._cloud.call("POST", self.path, self._body(inputs))[self.key]
        return str(made["id"]), self._state(made)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        del state
        with Explained(f"error getting {self.what}"):
            found = self._cloud.get(f"{self.path}/{resource_id}", self.key)
        return None if found is None else self._state(found)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        with Explained(f"error updating {self.what} ({resource_id})"):
            self._cloud.call("PATCH", f"{self.path}/{resource_id}", self._body(inputs))
        return self.read(resource_id, state) or {}

    def delete(self, resource_id: str, state: Values) -> None:
        """Remove it; one that is gone already is an error, as with the published plugin."""
        del state
        with Explained(f"error destroying {self.what} ({resource_id})"):
            self._cloud.call("DELETE", f"{self.path}/{resource_id}")

    def _body(self, inputs: Values) -> Values:
        return {self.fields[name]: inputs[name] for name in self.schema.inputs if name in inputs}

    def _state(self, shown: Values) -> Values:
        return {ours: shown[theirs] for ours, theirs in self.fields.items()}


class SshKey(_Named):
    """A public key kept in the account."""

    schema = SSH_KEY
    path, key, what = "/ssh-keys", "ssh_key", "SSH key"
    fields = {"name": "name", "sshKey": "ssh_key", "dateCreated": "date_created"}  # noqa: RUF012  # never changed


class StartupScript(_Named):
    """A script that runs at an instance's first boot."""

    schema = STARTUP_SCRIPT
    path, key, what = "/startup-scripts", "startup_script", "startup script"
    fields = {  # noqa: RUF012  # never changed
        "name": "name",
        "script": "script",
        "type": "type",
        "dateCreated": "date_created",
        "dateModified": "date_modified",
    }
