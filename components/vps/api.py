"""Questions to a provider's HTTP API, asked in preview: bounded in tries and time.

Nothing is changed through it: creating things is the providers' own plugins' work.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
import pulumi

from components.http_client import UnusableProxyError, http_client

TRIES = 4
TIMEOUT_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 8.0
BUSY = {429, 500, 502, 503, 504}


class NotThereError(pulumi.RunError):
    """The provider knows no such path or thing."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """A provider's API.

    Attributes:
        provider: Its name for people.
        url: Where it is, without a slash at the end.
        token: Sent as a bearer token where there is one; never part of a message.
        remedy: What to do when the token is refused.
    """

    provider: str
    url: str
    token: str | None
    remedy: str

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        """The decoded JSON of a GET.

        Raises:
            NotThereError: Not found.
            pulumi.RunError: Refused, no answer after some tries, or no way through the proxy.
        """
        trouble = ""
        for attempt in range(TRIES):
            try:
                answer = self._client.get(self.url + path, params=dict(params or {}))
            except httpx.HTTPError as error:
                trouble = f"no answer ({type(error).__name__})"
                _wait(None, attempt)
                continue
            if answer.status_code in BUSY:
                trouble = f"status {answer.status_code}"
                _wait(answer.headers.get("Retry-After"), attempt)
                continue
            if answer.status_code in {401, 403}:
                raise pulumi.RunError(f"{self.provider} refuses the token: {self.remedy}")
            if answer.is_error:
                lost = answer.status_code == httpx.codes.NOT_FOUND
                raise (NotThereError if lost else pulumi.RunError)(
                    f"{self.provider} answers {answer.status_code} to {path}: {answer.text[:300]}"
                )
            return answer.json()
        raise pulumi.RunError(
            f"{self.provider} does not answer ({self.url}{path}: {trouble}, {TRIES} tries). "
            "Nothing was changed; try again later"
        )

    @cached_property
    def _client(self) -> httpx.Client:
        """One for all questions: a list has pages, and each connection costs a TLS handshake."""
        try:
            return http_client(self.token, timeout=TIMEOUT_SECONDS)
        except UnusableProxyError as error:
            raise pulumi.RunError(f"{error}. Nothing was changed") from None


def _wait(retry_after: str | None, attempt: int) -> None:
    """Before the next try: as long as the provider asks for, within bounds."""
    if attempt == TRIES - 1:
        return
    asked = float(retry_after) if retry_after and retry_after.isdigit() else 0.5 * 2**attempt
    time.sleep(min(asked, LONGEST_WAIT_SECONDS))
