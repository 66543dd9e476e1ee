"""Linode's client as the plugin uses it: its configuration, its waits and its errors."""

import functools
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from linode_api4 import ApiError, LinodeClient
from requests import RequestException

from lab.plugins.framework import Boolean, Integer, PluginError, Property, Schema, String, Values

URL, VERSION = "https://api.linode.com", "v4"
POLL_SECONDS = 0.5
ANSWER_SECONDS = 20
BUSY = "Linode busy."
BUSY_SECONDS = 300.0
NOT_FOUND = 404

Vendor = Any
"""Linode's client, which has no types."""

CONFIG = Schema(
    inputs={
        "token": Property(String(), secret=True),
        "url": Property(String()),
        "apiVersion": Property(String()),
        "apiCaPath": Property(String()),
        "configPath": Property(String()),
        "configProfile": Property(String()),
        "uaPrefix": Property(String()),
        "objAccessKey": Property(String()),
        "objSecretKey": Property(String(), secret=True),
        **{
            name: Property(Boolean())
            for name in (
                "disableInternalCache", "objBucketForceDelete", "objUseTempKeys",
                "skipImplicitReboots", "skipInstanceDeletePoll", "skipInstanceReadyPoll",
                "skipLkeClusterDeletePoll",
            )
        },
        **{
            name: Property(Integer())
            for name in (
                "eventPollMs", "lkeEventPollMs", "lkeNodeReadyPollMs", "maxRetryDelayMs",
                "minRetryDelayMs",
            )
        },
    }
)  # fmt: skip


class Cloud:
    """The API, once the plugin is configured."""

    def __init__(self, *, poll_seconds: float = POLL_SECONDS) -> None:
        self._client: Vendor = None
        self._poll_seconds = poll_seconds

    def configure(self, config: Values) -> None:
        """Take token and URL from the provider's inputs, else from the environment.

        Like the published plugin it asks the API for something at once, even in a preview.
        """
        token = config.get("token") or os.environ.get("LINODE_TOKEN", "")
        if not isinstance(token, str):
            return  # unknown in this preview
        if not token:
            raise PluginError(
                "no Linode API token: set LINODE_TOKEN in the environment, or run "
                "`pulumi config set --secret linode:token <value>`"
            )
        url = str(config.get("url") or os.environ.get("LINODE_URL") or URL).rstrip("/")
        version = config.get("apiVersion") or os.environ.get("LINODE_API_VERSION") or VERSION
        self._client = LinodeClient(
            token, base_url=f"{url}/{version}", user_agent="pulumi-linode-stand-in"
        )
        # The client itself would wait for ever.
        session = self._client.session
        session.request = functools.partial(session.request, timeout=ANSWER_SECONDS)
        try:
            self.get("/linode/types?page=100")
        except PluginError as error:
            self._client = None
            raise PluginError(f"Error connecting to the Linode API: {error}") from error

    def get(self, path: str, *, filters: Mapping[str, Any] | None = None) -> Any:
        """The answer to a GET."""
        return self._ask("get", path, filters=filters)

    def find(self, path: str) -> Any | None:
        """The answer to a GET, or None when there is no such thing."""
        try:
            return self._call("get", path)
        except ApiError as error:
            if error.status == NOT_FOUND:
                return None
            raise _told(error) from error

    def every(self, path: str) -> list[Values]:
        """All pages of a list."""
        found: list[Values] = []
        page = pages = 1
        while page <= pages:
            answer = self.get(f"{path}?page={page}&page_size=500")
            found += answer["data"]
            pages = answer["pages"]
            page += 1
        return found

    def post(self, path: str, body: Values | None = None) -> Any:
        """The answer to a POST; waits while the Linode is busy."""
        return self._ask("post", path, data=body or {})

    def put(self, path: str, body: Values) -> Any:
        """The answer to a PUT; waits while the Linode is busy."""
        return self._ask("put", path, data=body)

    def delete(self, path: str) -> bool:
        """Delete what may be gone already: False if it was."""
        try:
            self._call("delete", path)
        except ApiError as error:
            if error.status == NOT_FOUND:
                return False
            raise _told(error) from error
        return True

    def wait(self, done: Callable[[], bool], what: str, *, seconds: float) -> None:
        """Ask until it is so; PluginError when it does not become so in time."""
        give_up = time.monotonic() + seconds
        while not done():
            if time.monotonic() > give_up:
                raise PluginError(f"timed-out waiting for {what}")
            time.sleep(self._poll_seconds)

    @contextmanager
    def event(self, action: str, instance: str, *, seconds: float) -> Iterator[None]:
        """Wait, after what is done inside, for the end of the event that it caused."""
        filters = {
            "+order_by": "created",
            "+order": "desc",
            "entity.type": "linode",
            "entity.id": int(instance),
            "action": action,
        }
        before = {each["id"] for each in self.get("/account/events", filters=filters)["data"]}
        yield

        def ended() -> bool:
            fresh = [
                each
                for each in self.get("/account/events", filters=filters)["data"]
                if each["id"] not in before
            ]
            if fresh and fresh[0]["status"] == "failed":
                said = fresh[0]["message"]
                raise PluginError(f"event {fresh[0]['id']} has failed: {action}: {said}")
            return bool(fresh) and fresh[0]["status"] in ("finished", "notification")

        self.wait(ended, f"{action} of Linode {instance}", seconds=seconds)

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        try:
            return self._call(method, path, **options)
        except ApiError as error:
            raise _told(error) from error

    def _call(self, method: str, path: str, **options: Any) -> Any:
        if self._client is None:
            raise PluginError("the provider's token is not known")
        give_up = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                return getattr(self._client, method)(path, **options)
            except RequestException as error:
                raise PluginError(f"linode: cannot reach the API: {error}") from error
            except ApiError as error:
                if error.errors != [BUSY] or time.monotonic() > give_up:
                    raise
            time.sleep(self._poll_seconds)


def _told(error: ApiError) -> PluginError:
    """An error as the published plugin writes it: "[400] [label] Label must be ..."."""
    given = error.json if isinstance(error.json, dict) else {}
    reasons = [
        f"[{each['field']}] {each['reason']}" if each.get("field") else str(each["reason"])
        for each in given.get("errors", [])
    ]
    return PluginError(f"[{error.status:03d}] {'; '.join(reasons) or error}")
