"""Questions to a provider's HTTP API, asked in preview: bounded in tries and time.

Nothing is changed through it: creating things is the providers' own plugins' work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
import pulumi

from components.http_client import (
    TRIES,
    TryAgainError,
    UnusableProxyError,
    http_client,
    request,
    retry,
)
from components.vps.endpoints import Endpoint


class NotThereError(pulumi.RunError):
    """The provider knows no such path or thing."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """A provider's API.

    Attributes:
        endpoint: Where it is.
        token: Sent as a bearer token where there is one; never part of a message.
        remedy: What to do when the token is refused.
    """

    endpoint: Endpoint
    token: str | None
    remedy: str

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        """The decoded JSON of a GET.

        Raises:
            NotThereError: Not found.
            pulumi.RunError: Refused, no answer after some tries, or no way through the proxy.
        """
        provider, url = self.endpoint.provider, self.endpoint.url + path
        try:
            answer = retry(lambda: request(self._client, "GET", url, params=params))
        except TryAgainError as busy:
            raise pulumi.RunError(
                f"{provider} does not answer ({url}: {busy}, {TRIES} tries). "
                "Nothing was changed; try again later"
            ) from None
        if answer.status_code in {401, 403}:
            raise pulumi.RunError(f"{provider} refuses the token: {self.remedy}")
        if answer.is_error:
            lost = answer.status_code == httpx.codes.NOT_FOUND
            raise (NotThereError if lost else pulumi.RunError)(
                f"{provider} answers {answer.status_code} to {path}: {answer.text[:300]}"
            )
        return answer.json()

    @cached_property
    def _client(self) -> httpx.Client:
        """One for all questions: a list has pages, and each connection costs a TLS handshake."""
        try:
            return http_client(self.token)
        except UnusableProxyError as error:
            raise pulumi.RunError(f"{error}. Nothing was changed") from None
