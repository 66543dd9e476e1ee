"""Vultr's API as the plugin uses it: its configuration, its retries and its errors."""

from __future__ import annotations

import functools
import json
import os
import ssl
import time
from typing import TYPE_CHECKING, Any

from lab.plugins.framework import Integer, PluginError, Property, Schema, String, Values
from lab.plugins.later import Later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx
else:
    httpx = Later("httpx")

ENDPOINT = "https://api.vultr.com/v2"
"""The published plugin knows no other."""
ANSWER_SECONDS = 20
RATE_LIMIT_MS, RETRY_LIMIT = 500, 3
POLL_SECONDS, PATIENCE_SECONDS = 0.3, 600.0
NOT_FOUND, TOO_MANY, FAULT, NOT_IMPLEMENTED = 404, 429, 500, 501

CONFIG = Schema(
    inputs={
        "apiKey": Property(String(), secret=True),
        "rateLimit": Property(Integer()),
        "retryLimit": Property(Integer()),
    }
)


class RefusedError(Exception):
    """The API said no; the text is its answer, which is what users of the plugin see."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(answer.text.strip())
        self.gone = answer.status_code == NOT_FOUND


class Cloud:
    """The API, once the plugin is configured."""

    def __init__(
        self,
        *,
        endpoint: str = ENDPOINT,
        environment: Mapping[str, str] = os.environ,
        poll_seconds: float = POLL_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._endpoint = endpoint
        self._environment = environment
        self._poll_seconds = poll_seconds
        self._patience = patience_seconds
        self._key = ""
        self._retries, self._wait = RETRY_LIMIT, RATE_LIMIT_MS / 1000

    def configure(self, config: Values) -> None:
        """Take the key from the provider's inputs, else from the environment."""
        key = config.get("apiKey") or self._environment.get("VULTR_API_KEY", "")
        if not isinstance(key, str):
            return  # unknown in this preview
        if not key:
            raise PluginError(
                "no Vultr API key: set VULTR_API_KEY in the environment, or run "
                "`pulumi config set --secret vultr:apiKey <value>`"
            )
        self._retries = int(config.get("retryLimit") or RETRY_LIMIT)
        self._wait = int(config.get("rateLimit") or RATE_LIMIT_MS) / 1000
        self._key = key

    @functools.cached_property
    def _client(self) -> httpx.Client:
        if not self._key:
            raise PluginError("the provider's apiKey is not known")
        return httpx.Client(
            headers={"Authorization": f"Bearer {self._key}"},
            timeout=ANSWER_SECONDS,
            # The system's own trust store, as a plugin in Go; not the one httpx brings.
            verify=ssl.create_default_context(),
        )

    def call(self, method: str, path: str, body: Values | None = None) -> Any:
        """The decoded answer; None where there is none. RefusedError, or PluginError in the end."""
        client, trouble = self._client, ""
        for attempt in range(self._retries + 1):
            if attempt:
                time.sleep(self._wait)
            try:
                answer = client.request(method, self._endpoint + path, json=body)
            except httpx.HTTPError as error:
                trouble = f"{type(error).__name__}: {error}"
                continue
            if _may_pass(answer.status_code):
                trouble = json.dumps(answer.text.strip())
                continue
            if answer.is_error:
                raise RefusedError(answer)
            return answer.json() if answer.content else None
        raise PluginError(f"gave up after {self._retries + 1} attempts, last error: {trouble}")

    def get(self, path: str, key: str) -> Values | None:
        """The resource at a path, which the answer has under `key`; None when it is gone."""
        try:
            found: Values = self.call("GET", path)[key]
        except RefusedError as refused:
            if refused.gone:
                return None
            raise
        return found

    def every(self, path: str, key: str) -> Iterator[Values]:
        """All of a list, page after page."""
        query = ""
        while True:
            page = self.call("GET", path + query)
            yield from page[key]
            if not (following := page["meta"]["links"]["next"]):
                return
            query = f"?cursor={following}"

    def wait(self, look: Callable[[], str], wanted: str, what: str) -> None:
        """Poll until what is looked at has become what is wanted. PluginError after a while."""
        give_up = time.monotonic() + self._patience
        while (seen := look()) != wanted:
            if time.monotonic() > give_up:
                raise PluginError(
                    f"error while waiting for {what}: timeout while waiting for state to become "
                    f"'{wanted}' (last state: '{seen}', timeout: {self._patience:.0f}s)"
                )
            time.sleep(self._poll_seconds)


def _may_pass(status: int) -> bool:
    """Whether the same question may be answered later."""
    return status == TOO_MANY or (status >= FAULT and status != NOT_IMPLEMENTED)


class Explained:
    """Turns a refusal into the plugin's own sentence: `with Explained("error creating server")`."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        """Say what was being done."""
        if isinstance(error, RefusedError):
            raise PluginError(f"{self._words}: {error}") from error
