"""Asks the providers whether a token may do what a deployment does, without changing anything.

Whether it may write is asked by a request that is refused in any case: with 403 (or 401) where the
permission is missing, with 400 or 422 where only the nonsense in it is at fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from components.http_client import (
    TRIES,
    TryAgainError,
    UnusableProxyError,
    http_client,
    request,
    retry,
)
from components.vps.endpoints import ENDPOINTS, Endpoint
from ops.errors import OpsError
from settings.credentials import Credential

REFUSED = {401, 403}


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One permission, as the provider's console calls it, and the request that needs it."""

    permission: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None


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
        Probe(permission="droplet:read", method="GET", path="/droplets?per_page=1"),
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
        OpsError: It names every permission that is missing; or nobody answers, or there is no way
            through the environment's proxy. The token is no part of the message.
    """
    endpoint = ENDPOINTS[credential.namespace]
    first, *rest = PROVIDER_PROBES[credential.namespace]
    try:
        made = http_client(token)
    except UnusableProxyError as error:
        raise OpsError(f"{error}. Nothing was written") from None
    with made as client:
        answer = _ask(client, endpoint, first)
        if answer.status_code in REFUSED:
            raise OpsError(
                f"{endpoint.provider} refuses the token in {credential.variable}"
                f" ({_words_of(answer)}); get another at: {credential.origin}"
            )
        lacking = [
            probe.permission
            for probe in rest
            if _ask(client, endpoint, probe).status_code in REFUSED
        ]
    if lacking:
        raise OpsError(
            f"the token in {credential.variable} lacks at {endpoint.provider}:"
            f" {', '.join(lacking)}; get another at: {credential.origin}"
        )


def _ask(client: httpx.Client, endpoint: Endpoint, probe: Probe) -> httpx.Response:
    url = endpoint.url + probe.path
    try:
        return retry(lambda: request(client, probe.method, url, body=probe.body))
    except TryAgainError as busy:
        raise OpsError(
            f"{endpoint.provider} does not answer ({busy}, {TRIES} tries), so the token could"
            " not be checked; nothing was written, try again later"
        ) from None


def _words_of(answer: httpx.Response) -> str:
    """A provider's own words, from whichever field it puts them in."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, Mapping):
        return "no words"
    errors = said.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], Mapping):
        return str(errors[0].get("message") or errors[0].get("reason") or "no words")
    error = said.get("error")
    if isinstance(error, Mapping):
        return str(error.get("message", "no words"))
    return str(error or said.get("message") or "no words")
