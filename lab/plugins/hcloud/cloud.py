"""Hetzner's client as the plugin uses it: its configuration, its waits and its errors."""

import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lab.plugins.framework import PluginError, Property, Schema, String, Values
from lab.plugins.hcloud.vendor import Vendor, hcloud
from lab.plugins.later import Later

if TYPE_CHECKING:
    import requests
else:
    requests = Later("requests")

ENDPOINT = "https://api.hetzner.cloud/v1"
TOKEN_LENGTH = 64
POLLS = 1200
ANSWER_SECONDS = 20


def _check_token(token: str) -> str | None:
    if len(token) == TOKEN_LENGTH:
        return None
    return "entered token is invalid (must be exactly 64 characters long)"


CONFIG = Schema(
    inputs={
        "token": Property(String(), secret=True, check=_check_token),
        "endpoint": Property(String()),
        "endpointHetzner": Property(String()),
        "pollInterval": Property(String()),
        "pollFunction": Property(String()),
    }
)


class Cloud:
    """The API, once the plugin is configured."""

    def __init__(self) -> None:
        self._options: Values = {}

    @functools.cached_property
    def api(self) -> Vendor:
        """Hetzner's client; PluginError when the token is not known (yet)."""
        if not self._options:
            raise PluginError("the provider's token is not known")
        return hcloud.Client(
            **self._options,
            application_name="pulumi-hcloud-stand-in",
            poll_max_retries=POLLS,
            timeout=ANSWER_SECONDS,
        )

    def configure(self, config: Values) -> None:
        """Take token and endpoint from the provider's inputs, else from the environment."""
        token = config.get("token") or os.environ.get("HCLOUD_TOKEN", "")
        if not isinstance(token, str):
            return  # unknown in this preview
        if not token:
            raise PluginError(
                "no Hetzner Cloud token: set HCLOUD_TOKEN in the environment, or run "
                "`pulumi config set --secret hcloud:token <value>`"
            )
        refused = _check_token(token)
        if refused:
            raise PluginError(f"token: {refused}")
        endpoint = config.get("endpoint") or os.environ.get("HCLOUD_ENDPOINT") or ENDPOINT
        self._options = {
            "token": token,
            "api_endpoint": str(endpoint).rstrip("/"),
            "poll_interval": _seconds(config.get("pollInterval")),
        }


def _seconds(text: object) -> float:
    """A Go duration such as "500ms" or "2s"."""
    match = re.fullmatch(r"([0-9.]+)(ms|s)", str(text or "500ms"))
    if match is None:
        raise PluginError(f"pollInterval: {text!r} is not a duration such as 500ms")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn the client's errors into messages as the published plugin gives them."""
    try:
        yield
    except hcloud.APIException as error:
        fields = (error.details or {}).get("fields", []) if error.code == "invalid_input" else []
        told = [f"{each['name']} => [{' '.join(each['messages'])}]" for each in fields]
        raise PluginError(f"{error}: [{' '.join(told)}]" if told else str(error)) from error
    except hcloud.actions.ActionException as error:
        details: Values = dict(error.action.error or {})
        message, code = details.get("message", str(error)), details.get("code", "unknown_error")
        raise PluginError(f"{message} ({code}, {error.action.id})") from error
    except requests.RequestException as error:
        raise PluginError(f"hcloud: cannot reach the API: {error}") from error


def wait(actions: Iterable[Vendor]) -> None:
    """Wait until the actions have succeeded."""
    for action in actions:
        if action is not None:
            action.wait_until_finished()


def found(call: Callable[[], Vendor]) -> Vendor | None:
    """What the call returns, or None when the API does not know it."""
    try:
        return call()
    except hcloud.APIException as error:
        if error.code == "not_found":
            return None
        raise


def by_id(client: Vendor, resource_id: object) -> Vendor | None:
    """The resource with that id (text or number) from one of the API's clients, or None."""
    if not str(resource_id).isdigit():
        return None
    return found(lambda: client.get_by_id(int(str(resource_id))))


def by_id_or_name(client: Vendor, key: str) -> Vendor | None:
    """The resource with that id or, failing that, that name; or None."""
    return by_id(client, key) or client.get_by_name(key)


def date(moment: Any) -> str | None:
    """A date as data sources show it."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
