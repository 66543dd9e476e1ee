"""The providers' tokens: whether they are there and can be tokens at all, never their values."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi.runtime import config as runtime

from settings.model import Settings

_WORDS = "your|change[-_.]?me|placeholder|example|insert|replace|todo"
# A token is random, and any of these may stand inside it: they count as words of their own, or in
# what is no token at all, for it has no digit and no word in both cases.
_PLACEHOLDER = re.compile(
    rf"(?:.*(?<![A-Za-z0-9])(?i:{_WORDS})(?![A-Za-z0-9]).*|.*<.*>.*"
    rf"|(?=.*(?i:{_WORDS}|token))(?:(?:[A-Z]?[a-z]+|[A-Z]+)(?:[-_. ]+|$))+)"
)
_FEW_LETTERS = 4  # a real token has many different ones; "xxxx...", "1234..." repeated has few


@dataclass(frozen=True, kw_only=True)
class Credential:
    """Where a provider looks for its token, and what its own plugin accepts."""

    namespace: str
    key: str
    variable: str
    pattern: str
    rule: str
    origin: str


HCLOUD = Credential(
    namespace="hcloud",
    key="token",
    variable="HCLOUD_TOKEN",
    pattern=r"[\x21-\x7e]{64}",
    rule="exactly 64 characters",
    origin="Hetzner console, your project, Security, API tokens, read and write",
)
VULTR = Credential(
    namespace="vultr",
    key="apiKey",
    variable="VULTR_API_KEY",
    pattern=r"[\x21-\x7e]{20,}",
    rule="at least 20 characters, none of them a space",
    origin="my.vultr.com, Account, API; allow the address of this machine there",
)
LINODE = Credential(
    namespace="linode",
    key="token",
    variable="LINODE_TOKEN",
    pattern=r"[\x21-\x7e]{40,}",
    rule="at least 40 characters, 64 in a personal access token",
    origin="cloud.linode.com, API Tokens, personal access token of an unrestricted user, with read"
    " and write access to Linodes, Firewalls, IPs and Events, and read access to Images",
)
DIGITALOCEAN = Credential(
    namespace="digitalocean",
    key="token",
    variable="DIGITALOCEAN_TOKEN",
    pattern=r"[\x21-\x7e]{40,}",
    rule="at least 40 characters, 71 in a personal access token",
    origin="cloud.digitalocean.com, API, Tokens, personal access token with full access, or to"
    " droplet, firewall, ssh_key, tag, image, sizes, regions and actions",
)
CLOUDFLARE = Credential(
    namespace="cloudflare",
    key="apiToken",
    variable="CLOUDFLARE_API_TOKEN",
    pattern=r"[0-9A-Za-z_-]{40,80}",
    rule="40 to 80 letters, digits, - and _",
    origin="Cloudflare dashboard, My Profile, API tokens",
)


PROVIDERS = {"hcloud": HCLOUD, "vultr": VULTR, "linode": LINODE, "digitalocean": DIGITALOCEAN}


def token_of(provider: str) -> str | None:
    """The token of a provider, from where its own plugin takes it; not for any message."""
    credential = PROVIDERS[provider]
    configured = pulumi.Config(credential.namespace).get(credential.key)
    return configured or os.environ.get(credential.variable)


def needed(settings: Settings) -> list[Credential]:
    """The tokens this stack cannot do without."""
    provider = settings.server.provider
    server = [PROVIDERS[provider]] if provider in PROVIDERS else []
    edge = [CLOUDFLARE] if settings.edge.dns == "cloudflare" else []
    return [*server, *edge]


def missing_credentials(settings: Settings, environ: Mapping[str, str] | None = None) -> list[str]:
    """One line per token that is missing or cannot be one, with the command that sets it.

    Args:
        settings: they say which tokens are needed.
        environ: the environment; `os.environ` unless told.
    """
    found = os.environ if environ is None else environ
    problems = (_problem(credential, found) for credential in needed(settings))
    return [problem for problem in problems if problem]


def require_credentials(settings: Settings, environ: Mapping[str, str] | None = None) -> None:
    """Ends the run unless every token is there.

    Raises:
        pulumi.RunError: it names all of them, the commands, and the way to try it without any.
    """
    if problems := missing_credentials(settings, environ):
        text = "\n".join(f"  {problem}" for problem in problems)
        raise pulumi.RunError(
            f"Missing credentials:\n{text}\n"
            "To rehearse the whole deployment free of charge, without any account: bin/rehearse"
        )


def is_encrypted(full_key: str) -> bool:
    """Whether the engine says that a key of the configuration, or a part of it, is encrypted."""
    return runtime.is_config_secret(full_key) or full_key in runtime.get_config_secret_keys_env()


def _problem(credential: Credential, environ: Mapping[str, str]) -> str | None:
    name = f"{credential.namespace}:{credential.key}"
    # The provider's own order: configuration first, then the environment.
    value = pulumi.Config(credential.namespace).get(credential.key)
    source = name if value else credential.variable
    value = value or environ.get(credential.variable)
    remedy = (
        f"set it with `pulumi config set --secret {name}` (it asks for the value),"
        f" or in the environment as {credential.variable}; get one at: {credential.origin}"
    )
    if not value:
        return f"{name} is missing; {remedy}"
    if source == name and not is_encrypted(name):
        return (
            f"{name} stands in the stack's file unencrypted; replace it with"
            f" `pulumi config set --secret {name}` (it asks for the value)"
        )
    if _PLACEHOLDER.fullmatch(value) or len(set(value)) <= _FEW_LETTERS:
        return f"{source} is a placeholder, not a token; {remedy}"
    if re.fullmatch(credential.pattern, value) is None:
        return f"{source} cannot be a token: it has {credential.rule}; {remedy}"
    return None
