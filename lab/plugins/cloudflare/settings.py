"""`cloudflare:index/zoneSetting:ZoneSetting`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.plugins.cloudflare.client import NotFoundError
from lab.plugins.cloudflare.wire import from_api
from lab.plugins.framework import Boolean, PluginError, Resource, Schema, String, Type, Values
from lab.plugins.properties import Property

if TYPE_CHECKING:
    from lab.plugins.cloudflare.client import Api

OUTPUTS = ("editable", "modifiedOn", "timeRemaining")


class ZoneSetting(Resource):
    """A zone's setting. Deleting it changes nothing in the zone."""

    schema = Schema(
        inputs={
            "zoneId": Property(String(), required=True, replaces=True),
            "settingId": Property(String(), required=True, replaces=True),
            "value": Property(Type(), required=True),
            "enabled": Property(Boolean()),
        },
        outputs=OUTPUTS,
        volatile=OUTPUTS,
        strict=False,
    )

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource: a setting is there already and only takes the value."""
        return str(inputs["settingId"]), self._set(inputs)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource; on import the id is `zone id/setting id`."""
        zone_id, _, name = resource_id.rpartition("/")
        zone_id = zone_id or str(state.get("zoneId", ""))
        if not zone_id:
            raise PluginError(f"invalid id {resource_id!r}: use <zone_id>/<setting_id>")
        try:
            found = self._api.get(f"/zones/{zone_id}/settings/{name}")
        except NotFoundError:
            return None
        return {**_outputs(found), "zoneId": zone_id, "settingId": name, "value": found["value"]}

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        del resource_id, state
        return self._set(inputs)

    def _set(self, inputs: Values) -> Values:
        path = f"/zones/{inputs['zoneId']}/settings/{inputs['settingId']}"
        body = {key: value for key, value in inputs.items() if key in {"value", "enabled"}}
        return _outputs(self._api.call("patch", path, body=body))


def _outputs(setting: Values) -> Values:
    return {key: value for key, value in from_api(setting).items() if key in OUTPUTS}
