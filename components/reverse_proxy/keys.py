"""API keys as nginx gets them: hashed, so that no key is on the VPS (ADR 0015)."""

import base64
import hashlib
from collections.abc import Sequence

import pulumi

from components.naming import StackName
from settings import Service
from settings.api_keys import KEY_PREFIX

KEYS = "api.keys"
"""The file's name among those of a step."""

CANARY = "canary"


def keys_file(stack: StackName, port: int) -> str:
    """Where the hashes are that the site on a port reads; each site has a file of its own."""
    return f"/etc/nginx/vps-reverse-proxy/{stack.slug}/{port}.keys"


def key_hash(key: str) -> str:
    """What nginx compares: MD5, the one hash it knows, in base64 for URLs without padding."""
    digest = hashlib.md5(key.encode(), usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def canary_key(service: Service) -> str:
    """What the canary shows a service: the key called `canary`, or one of its own; "" for none.

    Its own comes out of the others, and none of them comes out of it.
    """
    if not service.api_keys:
        return ""
    if CANARY in service.api_keys:
        return service.api_keys[CANARY].get_secret_value()
    keys = sorted(key.get_secret_value() for key in service.api_keys.values())
    return hashlib.sha256("\n".join([CANARY, service.name, *keys]).encode()).hexdigest()


def canary_keys(services: Sequence[Service]) -> dict[str, str]:
    """The canary's key for each service that has keys, by the service's name; secret."""
    return {service.name: canary_key(service) for service in services if service.api_keys}


def render_keys(services: Sequence[Service]) -> str:
    """The body of nginx's map from `SERVICE:BEGINNING` of a key to `HASH/NAME`; secret."""
    lines = ["# Written by vps-reverse-proxy: which keys open which service.\n"]
    for service in services:
        keys = {name: secret.get_secret_value() for name, secret in service.api_keys.items()}
        if keys:
            keys[CANARY] = canary_key(service)
        for name, key in sorted(keys.items()):
            lines.append(f'"~^{service.name}:{key[:KEY_PREFIX]}$" "{key_hash(key)}/{name}";\n')
    return "".join(lines)


def key_files(services: Sequence[Service]) -> dict[str, pulumi.Output[str]]:
    """The file for a step that puts a site in place; none where no service has keys."""
    if not any(service.api_keys for service in services):
        return {}
    return {KEYS: pulumi.Output.secret(render_keys(services))}
