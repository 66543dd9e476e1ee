"""Calls to the API through the official client, with errors in the published plugin's words.

Paths are given, not the client's methods for each: those would load a second's worth of types.
"""

from __future__ import annotations

import functools
import os
import re
import ssl
from typing import TYPE_CHECKING, Any

from lab.plugins.framework import UNKNOWN, PluginError, Schema, String, Values
from lab.plugins.later import Later
from lab.plugins.properties import Property

if TYPE_CHECKING:
    from collections.abc import Mapping

    import cloudflare
    import httpx
else:
    cloudflare, httpx = Later("cloudflare"), Later("httpx")

TOKEN_FORM = re.compile(r"[0-9A-Za-z_-]{40,80}")
TRUST = "/etc/ssl/certs/ca-certificates.crt"
ANSWER_SECONDS = 20
BASE_URL = "https://api.cloudflare.com/client/v4"
NAMES = {
    "apiToken": "CLOUDFLARE_API_TOKEN",
    "apiKey": "CLOUDFLARE_API_KEY",
    "email": "CLOUDFLARE_EMAIL",
    "apiUserServiceKey": "CLOUDFLARE_API_USER_SERVICE_KEY",
    "baseUrl": "CLOUDFLARE_BASE_URL",
    "userAgentOperatorSuffix": "CLOUDFLARE_USER_AGENT_OPERATOR_SUFFIX",
}
"""The provider's properties, and the environment variables behind them."""


def _token_form(token: str) -> str | None:
    if TOKEN_FORM.fullmatch(token):
        return None
    return (
        "API tokens must be 40 to 80 characters and only contain characters a-z, A-Z, 0-9, "
        "hyphens and underscores"
    )


CONFIG = Schema(
    inputs={
        name: Property(String(), check=_token_form if name == "apiToken" else None)
        for name in NAMES
    },
    strict=False,
)


class Api:
    """The API; `configure` must come first."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._given: dict[str, str | None] | None = None

    def configure(self, config: Values) -> None:
        """Take the credentials: from the provider's properties, else from the environment.

        Raises PluginError when there are none, or when a token cannot be one.
        """
        if any(value is UNKNOWN for value in config.values()):
            return  # a preview; whoever needs the client is told below
        given = {
            name: config.get(name) or self._environment.get(variable) or None
            for name, variable in NAMES.items()
        }
        token = given["apiToken"]
        if token is None and given["apiUserServiceKey"] is None and given["apiKey"] is None:
            raise PluginError(
                'must provide one of "api_key", "api_token" or "api_user_service_key". Set the '
                "token with: pulumi config set --secret cloudflare:apiToken"
            )
        refused = token and _token_form(token)
        if refused:
            raise PluginError(f"invalid value for api_token ({refused})")
        self._given = given

    @functools.cached_property
    def _client(self) -> cloudflare.Cloudflare:
        if self._given is None:
            raise PluginError("the credentials of the cloudflare provider are not known yet")
        trust = ssl.create_default_context(cafile=self._environment.get("SSL_CERT_FILE", TRUST))
        return cloudflare.Cloudflare(
            api_token=self._given["apiToken"],
            api_key=self._given["apiKey"],
            api_email=self._given["email"],
            user_service_key=self._given["apiUserServiceKey"],
            base_url=self._given["baseUrl"] or BASE_URL,
            timeout=ANSWER_SECONDS,
            http_client=cloudflare.DefaultHttpxClient(verify=trust),
        )

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """The `result` of a GET; see `call`."""
        return self.call("get", path, query=query)

    def all(self, path: str, query: Mapping[str, Any]) -> list[Any]:
        """The results of every page."""
        found: list[Any] = []
        for number in range(1, 1000):
            asked = {**query, "page": number, "per_page": 50}
            answer = self._answer("get", path, query=asked)
            found += answer["result"]
            if number >= (answer.get("result_info") or {}).get("total_pages", 1):
                break
        return found

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """The `result` of one call, None for an answer without a body.

        Raises NotFoundError for 404, PluginError for every other failure.
        """
        return self._answer(method, path, query=query, body=body).get("result")

    def _answer(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        client = self._client
        options: dict[str, Any] = {"options": {"params": dict(query or {})}}
        if method != "get":
            options["body"] = body
        try:
            answer: httpx.Response = getattr(client, method)(
                path, cast_to=httpx.Response, **options
            )
        except cloudflare.APIStatusError as error:
            response = error.response
            words = (
                f'failed to make http request: {response.request.method} "{response.request.url}": '
                f"{response.status_code} {response.reason_phrase} {response.text}"
            )
            kind = NotFoundError if response.status_code == httpx.codes.NOT_FOUND else PluginError
            raise kind(words) from error
        except cloudflare.APIConnectionError as error:
            asked = f'{error.request.method} "{error.request.url}"'
            raise PluginError(f"failed to make http request: {asked}: {error.__cause__}") from error
        return answer.json() if answer.content else {}


class NotFoundError(PluginError):
    """The API has no such thing."""
