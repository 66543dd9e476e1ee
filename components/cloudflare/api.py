"""One call to Cloudflare's API, and operations that are tried again as a whole."""

import functools
import os
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from components.http_client import (
    BUSY,
    TryAgainError,
    UnusableProxyError,
    http_client,
    retry,
    retry_after,
)

BASE_URL = "https://api.cloudflare.com/client/v4"
TRIES = 5
LONGEST_WAIT_SECONDS = 15.0
CONFLICTS = {409, 412}
"""Somebody else changed the same thing at the same moment."""
_BUSY = BUSY | {408, 425, 520, 521, 522, 523, 524}
REFUSED = {401, 403}
BAD_TOKEN_CODES = {1000, 1001, 9109}
"""With 401 or 403; elsewhere these numbers mean other things."""
MALFORMED_TOKEN_CODES = {6111, 9106}
PER_PAGE = 100
AT_ONCE = 8
"""Questions under way together; Cloudflare takes 1200 in five minutes."""

Asked = TypeVar("Asked")
Result = TypeVar("Result")


def ask_together(ask: Callable[[Asked], Result], about: Iterable[Asked]) -> list[Result]:
    """The answers about several things, in their order.

    Each is a way to Cloudflare and back, and a stack may have fifty names to ask about.

    Raises:
        CloudflareError: Of the first of them that failed; nothing is under way any more.
    """
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(ask, about))


class CloudflareError(Exception):
    """Cloudflare's refusal, in words for the user.

    Attributes:
        status: Of HTTP; 0 where no answer came.
        codes: Cloudflare's own numbers.
    """

    def __init__(self, message: str, *, status: int = 0, codes: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.codes = codes

    @property
    def not_found(self) -> bool:
        """Whether the thing asked for is not there."""
        return self.status == httpx.codes.NOT_FOUND

    @property
    def denied(self) -> bool:
        """Whether the token is good and may not do this."""
        return self.status in REFUSED and not self.bad_token

    @property
    def bad_token(self) -> bool:
        """Whether the token is none that Cloudflare knows."""
        codes = {*self.codes}
        if codes & MALFORMED_TOKEN_CODES:
            return True
        unknown = self.status in REFUSED and bool(codes & BAD_TOKEN_CODES)
        # The same number says that a good token may not see a thing.
        return unknown and "requested resource" not in str(self)


# What the dynamic providers let out is shown as `name: message`; the module would be noise there.
CloudflareError.__module__ = "builtins"


class BusyError(CloudflareError, TryAgainError):
    """It may succeed when tried again."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """The API with a token's rights.

    Attributes:
        token: Never part of a message; None where only public things are asked.
        base_url: As the published plugin takes it, with `/client/v4`.
        sleep: Waits between two tries; in seconds.
    """

    token: str | None = field(repr=False)
    base_url: str = BASE_URL
    sleep: Callable[[float], None] = lambda seconds: time.sleep(seconds)  # noqa: PLW0108 # looked up when called

    @staticmethod
    def configured(get: Callable[[str], str | None]) -> "Api":
        """With the token and address that the published plugin would take.

        Args:
            get: a key of the configuration's namespace `cloudflare`.
        """
        base_url = get("baseUrl") or os.environ.get("CLOUDFLARE_BASE_URL") or BASE_URL
        return Api(
            token=get("apiToken") or os.environ.get("CLOUDFLARE_API_TOKEN"),
            base_url=base_url.rstrip("/"),
        )

    def retry(self, operation: Callable[[], Result]) -> Result:
        """Try an operation until it succeeds, within bounds.

        It is started anew as a whole: a write whose answer was lost may have happened, so the
        operation must look before it writes.

        Raises:
            CloudflareError: It is refused, or Cloudflare stayed busy or silent.
        """
        try:
            return retry(
                operation, tries=TRIES, longest_wait=LONGEST_WAIT_SECONDS, sleep=self.sleep
            )
        except BusyError as busy:
            raise CloudflareError(
                f"{busy}, {TRIES} tries. What was done so far is kept; run pulumi up again later",
                status=busy.status,
                codes=busy.codes,
            ) from None

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        """The `result` of a GET, tried again within bounds."""
        return self.retry(lambda: self.call("GET", path, params=params))

    def all(self, path: str, params: Mapping[str, str | int] | None = None) -> list[Any]:
        """The results of every page of a list."""
        found: list[Any] = []
        while True:
            page = {**(params or {}), "page": len(found) // PER_PAGE + 1, "per_page": PER_PAGE}
            results = self.get(path, page)
            found += results
            if len(results) < PER_PAGE:
                return found

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> Any:
        """The `result` of one call, tried once; None for an answer without a body.

        Raises:
            BusyError: Worth another try.
            CloudflareError: Refused, or no way through the environment's proxy.
        """
        try:
            answer = self._client.request(
                method, self.base_url + path, json=body, params=dict(params or {})
            )
        except httpx.HTTPError as error:
            raise BusyError(
                f"Cloudflare does not answer ({method} {path}: {type(error).__name__})"
            ) from None
        if answer.status_code in _BUSY | CONFLICTS:
            raise _busy(method, path, answer)
        if answer.is_error:
            raise _refusal(method, path, answer)
        return answer.json().get("result") if answer.content else None

    @functools.cached_property
    def _client(self) -> httpx.Client:
        """One for all calls: each connection costs a TLS handshake."""
        try:
            return http_client(self.token)
        except UnusableProxyError as error:
            raise CloudflareError(str(error)) from None


def _busy(method: str, path: str, answer: httpx.Response) -> BusyError:
    why = "somebody else changes it too" if answer.status_code in CONFLICTS else "it is busy"
    busy = BusyError(
        f"Cloudflare answers {answer.status_code} to {method} {path} ({why})",
        status=answer.status_code,
    )
    busy.wait = retry_after(answer)
    return busy


def _refusal(method: str, path: str, answer: httpx.Response) -> CloudflareError:
    try:
        errors = answer.json().get("errors") or []
    except ValueError:
        errors = []
    chain = [one for error in errors for one in (error, *error.get("error_chain", []))]
    words = "; ".join(f"{one.get('message')} ({one.get('code')})" for one in chain)
    return CloudflareError(
        f"Cloudflare answers {answer.status_code} to {method} {path}: {words or 'no reason given'}",
        status=answer.status_code,
        codes=tuple(one.get("code", 0) for one in chain),
    )
