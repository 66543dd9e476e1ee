"""Asks the providers whether a token may do what a deployment does, without changing anything.

Whether it may write is asked by a request that is refused in any case: with 403 (or 401) where the
permission is missing, with 400 or 422 where only the nonsense in it is at fault.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from components.http_client import UnusableProxyError, http_client
from ops.errors import OpsError
from settings.credentials import Credential

REFUSED = {401, 403}
BUSY = {429, 500, 502, 503, 504}
TRIES = 3
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Service:
    """Where a provider's API is.

    Attributes:
        name: For people.
        url: Without a slash at the end.
        variable: The environment variable that moves it, as for the provider's plugin.
        path: What stands behind that variable's value.
    """

    name: str
    url: str
    variable: str = ""
    path: str = ""

    def base(self, environ: Mapping[str, str] = os.environ) -> str:
        """The URL to ask at."""
        moved = environ.get(self.variable) if self.variable else None
        return moved.rstrip("/") + self.path if moved else self.url


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One permission, as the provider's console calls it, and the request that needs it."""

    permission: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None


APIS = {
    "hcloud": Service(
        name="Hetzner Cloud", url="https://api.hetzner.cloud/v1", variable="HCLOUD_ENDPOINT"
    ),
    "vultr": Service(name="Vultr", url="https://api.vultr.com/v2"),
    "digitalocean": Service(
        name="DigitalOcean",
        url="https://api.digitalocean.com/v2",
        variable="DIGITALOCEAN_API_URL",
        path="/v2",
    ),
    "linode": Service(
        name="Linode", url="https://api.linode.com/v4", variable="LINODE_URL", path="/v4"
    ),
}

# The first of each tells whether the token is good at all. What is posted lacks what it must have.
PROVIDER_PROBES: Mapping[str, tuple[Probe, ...]] = {
    "hcloud": (
        Probe(permission="Read", method="GET", path="/servers?per_page=1"),
        Probe(permission="Read & Write", method="POST", path="/ssh_keys", body={}),
    ),
    "vultr": (
        Probe(permission="API access", method="GET", path="/account"),
        Probe(permission="Deploy", method="POST", path="/instances", body={}),
    ),
    "digitalocean": (
        Probe(permission="account:read", method="GET", path="/account"),
        Probe(permission="droplet:create", method="POST", path="/droplets", body={}),
        Probe(permission="firewall:create", method="POST", path="/firewalls", body={}),
        Probe(permission="ssh_key:create", method="POST", path="/account/keys", body={}),
        # Its firewall covers what has its tag. A name is all that one needs: this can be none.
        Probe(permission="tag:create", method="POST", path="/tags", body={"name": "not a tag!"}),
    ),
    "linode": (
        Probe(permission="Linodes: Read", method="GET", path="/linode/instances?page_size=25"),
        Probe(permission="Linodes: Read/Write", method="POST", path="/linode/instances", body={}),
        Probe(
            permission="Firewalls: Read/Write", method="POST", path="/networking/firewalls", body={}
        ),
        # The plugin waits for what it asked for by looking at the account's events.
        Probe(permission="Events: Read", method="GET", path="/account/events?page_size=25"),
    ),
}


def check_provider(credential: Credential, token: str) -> None:
    """The token opens the provider's API, and may do what `pulumi up` does there.

    Raises:
        OpsError: It names every permission that is missing.
    """
    api = Api(APIS[credential.namespace], token)
    first, *rest = PROVIDER_PROBES[credential.namespace]
    status, answer = api.ask(first)
    if status in REFUSED:
        raise OpsError(
            f"{api.service.name} refuses the token in {credential.variable}"
            f" ({words_of(answer)}); get another at: {credential.origin}"
        )
    lacking = [probe.permission for probe in rest if api.ask(probe)[0] in REFUSED]
    if lacking:
        raise OpsError(
            f"the token in {credential.variable} lacks at {api.service.name}:"
            f" {', '.join(lacking)}; get another at: {credential.origin}"
        )


class Api:
    """A provider's API under one token; busy answers are tried again, within bounds."""

    def __init__(self, service: Service, token: str) -> None:
        self.service = service
        self._token = token

    def ask(self, probe: Probe) -> tuple[int, Any]:
        """Status and decoded answer of a request.

        Raises:
            OpsError: Nobody answers, or there is no way through the environment's proxy; the token
                is no part of the message.
        """
        trouble = ""
        try:
            made = http_client(self._token, timeout=TIMEOUT_SECONDS)
        except UnusableProxyError as error:
            raise OpsError(f"{error}. Nothing was written") from None
        with made as client:
            for attempt in range(TRIES):
                if attempt:
                    time.sleep(0.5 * 2**attempt)
                try:
                    answer = client.request(
                        probe.method, self.service.base() + probe.path, json=probe.body
                    )
                except httpx.HTTPError as error:
                    trouble = type(error).__name__
                    continue
                if answer.status_code in BUSY:
                    trouble = f"status {answer.status_code}"
                    continue
                try:
                    return answer.status_code, answer.json()
                except ValueError:
                    return answer.status_code, None
        raise OpsError(
            f"{self.service.name} does not answer ({trouble}, {TRIES} tries), so the token could"
            " not be checked; nothing was written, try again later"
        )


def words_of(answer: Any) -> str:
    """A provider's own words, from whichever field it puts them in."""
    if not isinstance(answer, Mapping):
        return "no words"
    errors = answer.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], Mapping):
        return str(errors[0].get("message") or errors[0].get("reason") or "no words")
    error = answer.get("error")
    if isinstance(error, Mapping):
        return str(error.get("message", "no words"))
    return str(error or answer.get("message") or "no words")
