"""What a token with custom scopes may do: a kind of thing and what is done to it."""

from collections.abc import Mapping

from starlette.requests import Request

from lab.clouds.digitalocean.errors import ApiError
from lab.clouds.service import carries_token

_KINDS = {
    "/v2/account/keys": "ssh_key",
    "/v2/account": "account",
    "/v2/droplets": "droplet",
    "/v2/firewalls": "firewall",
    "/v2/tags": "tag",
}
"""By how a path begins, the longer ones first. What is not here every token may ask."""
_DEEDS = {"GET": "read", "POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


def refuse_beyond(scopes: Mapping[str, frozenset[str]], request: Request) -> None:
    """Refuse what the token's scopes do not cover, before anything of the request is looked at.

    scopes: by token; one that is not there has all of them.

    Raises:
        ApiError: The scope that is missing.
    """
    path = request.url.path
    kind = next((kind for start, kind in _KINDS.items() if path.startswith(start)), None)
    needed = f"{kind}:{_DEEDS.get(request.method, 'read')}"
    held = next((held for one, held in scopes.items() if carries_token(request, {one})), None)
    if kind is not None and held is not None and needed not in held:
        raise ApiError("Forbidden", f"You are missing the required permission {needed}")
