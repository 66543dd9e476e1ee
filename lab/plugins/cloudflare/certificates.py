"""`cloudflare:index/originCaCertificate:OriginCaCertificate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.plugins.cloudflare.client import NotFoundError
from lab.plugins.cloudflare.wire import from_api, to_api
from lab.plugins.framework import ListOf, Number, PluginError, Resource, Schema, String, Values
from lab.plugins.properties import Property

if TYPE_CHECKING:
    from lab.plugins.cloudflare.client import Api

OUTPUTS = ("certificate", "expiresOn")
SENT = ("csr", "hostnames", "requestType", "requestedValidity")
REQUEST_TYPES = ("origin-rsa", "origin-ecc", "keyless-certificate")
VALIDITIES = (7, 30, 90, 365, 730, 1095, 5475)


def _request_type(value: str) -> str | None:
    known = value.lower() in REQUEST_TYPES
    return None if known else f'value must be one of: {", ".join(REQUEST_TYPES)}, got: "{value}"'


def _validity(value: float) -> str | None:
    return None if value in VALIDITIES else f"value must be one of: {VALIDITIES}, got: {value}"


class OriginCaCertificate(Resource):
    """A certificate of the Origin CA. Every change of an input makes a new one."""

    schema = Schema(
        inputs={
            "csr": Property(String(), required=True, replaces=True),
            "hostnames": Property(ListOf(String()), required=True, replaces=True),
            "requestType": Property(String(), required=True, replaces=True, check=_request_type),
            "requestedValidity": Property(Number(), default=5475, replaces=True, check=_validity),
        },
        outputs=OUTPUTS,
        strict=False,
    )

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        body = to_api({name: inputs[name] for name in SENT if inputs.get(name) is not None})
        made = self._api.call("post", "/certificates", body=body)
        return str(made["id"]), _outputs(made)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        del state
        try:
            found = self._api.get(f"/certificates/{resource_id}")
        except NotFoundError:
            return None
        shown = from_api(found)
        return {**{key: shown[key] for key in SENT if key in shown}, **_outputs(found)}

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Never: see `replaces`."""
        del state, inputs
        raise PluginError(f"certificate {resource_id} cannot be changed")

    def delete(self, resource_id: str, state: Values) -> None:
        """Revoke it."""
        del state
        self._api.call("delete", f"/certificates/{resource_id}")


def _outputs(certificate: Values) -> Values:
    shown = from_api(certificate)
    return {key: shown[key] for key in OUTPUTS if key in shown}
