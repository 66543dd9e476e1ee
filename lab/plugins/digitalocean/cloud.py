"""DigitalOcean's API as the plugin asks it: configuration, tries, waits and errors."""

from __future__ import annotations

import functools
import os
import ssl
import time
from typing import TYPE_CHECKING, Any

from lab.plugins.framework import Integer, Number, PluginError, Property, Schema, String, Values
from lab.plugins.later import Later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
else:
    httpx = Later("httpx")

ENDPOINT = "https://api.digitalocean.com"
PAGE = 200
ANSWER_SECONDS = 20
POLL_SECONDS = 0.5
POLLS = 1200
RETRIES, FIRST_WAIT, LONGEST_WAIT = 4, 1.0, 30.0
"""As published: tries after the first one, and seconds between them."""

CONFIG = Schema(
    inputs={
        "token": Property(String(), secret=True),
        "apiEndpoint": Property(String()),
        "httpRetryMax": Property(Integer()),
        "httpRetryWaitMin": Property(Number()),
        "httpRetryWaitMax": Property(Number()),
        "requestsPerSecond": Property(Number()),
        "spacesAccessId": Property(String(), secret=True),
        "spacesSecretKey": Property(String(), secret=True),
        "spacesEndpoint": Property(String()),
    }
)


class ApiError(PluginError):
    """The API refused; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Cloud:
    """The API, once the plugin is configured."""

    def __init__(self) -> None:
        self._token: str | None = None
        self._endpoint = ENDPOINT
        self._retries, self._wait, self._longest_wait = RETRIES, FIRST_WAIT, LONGEST_WAIT

    def configure(self, config: Values) -> None:
        """Take token and endpoint (without /v2) from the inputs, else from the environment."""
        environ = os.environ
        token = (
            config.get("token")
            or environ.get("DIGITALOCEAN_TOKEN")
            or environ.get("DIGITALOCEAN_ACCESS_TOKEN", "")
        )
        if not isinstance(token, str):
            return  # unknown in this preview
        self._token = token
        endpoint = config.get("apiEndpoint") or environ.get("DIGITALOCEAN_API_URL") or ENDPOINT
        self._endpoint = str(endpoint).rstrip("/")
        self._retries = int(config.get("httpRetryMax", RETRIES))
        self._wait = float(config.get("httpRetryWaitMin", FIRST_WAIT))
        self._longest_wait = float(config.get("httpRetryWaitMax", LONGEST_WAIT))

    @functools.cached_property
    def _client(self) -> httpx.Client:
        if self._token is None:
            raise PluginError("the provider's token is not known")
        return httpx.Client(
            base_url=self._endpoint,
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=ANSWER_SECONDS,
            verify=ssl.create_default_context(),
        )

    def call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """The decoded answer ({} for none); ApiError when it is a refusal."""
        client = self._client
        for attempt in range(self._retries + 1):
            pause = min(self._wait * 2**attempt, self._longest_wait)
            last = attempt == self._retries
            try:
                answer = client.request(
                    method,
                    f"/v2{path}",
                    json=body,
                    params={key: str(value) for key, value in query.items()},
                )
            except httpx.HTTPError as error:
                if last:
                    raise PluginError(f"{method} {path}: cannot reach the API: {error}") from error
            else:
                busy = answer.status_code == httpx.codes.TOO_MANY_REQUESTS
                if last or not (busy or answer.is_server_error):
                    return _content(method, answer)
            time.sleep(pause)
        raise AssertionError  # the last try has returned or raised

    def every(self, path: str, kind: str, **query: object) -> Iterator[Values]:
        """All entries of a list, page by page."""
        page, seen, total = 1, 0, 1
        while seen < total:
            answer = self.call("GET", path, page=page, per_page=PAGE, **query)
            if not answer[kind]:
                return
            yield from answer[kind]
            page, seen, total = page + 1, seen + len(answer[kind]), answer["meta"]["total"]

    def found(self, path: str) -> Any:
        """The decoded answer of a GET, or None when there is no such thing."""
        try:
            return self.call("GET", path)
        except ApiError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise


def _content(method: str, answer: httpx.Response) -> Any:
    """The answer, or the published client's words for a refusal."""
    if not answer.is_error:
        return answer.json() if answer.content else {}
    try:
        told = answer.json()
    except ValueError:
        told = {"message": answer.text}
    request = f' (request "{told["request_id"]}")' if told.get("request_id") else ""
    raise ApiError(
        answer.status_code,
        f"{method} {answer.url}: {answer.status_code}{request} {told.get('message', '')}",
    )


def wait_for(what: str, reached: Callable[[], bool]) -> None:
    """Ask until it is so; PluginError after ten minutes."""
    for _ in range(POLLS):
        if reached():
            return
        time.sleep(POLL_SECONDS)
    raise PluginError(f"timeout while waiting for {what}")
