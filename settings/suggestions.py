"""What was probably meant: the remedy for a key or a choice that does not exist."""

import difflib
import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from settings.credentials import CLOUDFLARE, HCLOUD, PROVIDERS
from settings.model import Settings
from settings.section import NAMESPACE
from settings.server import server_models

# What people write who know another tool; in lower case.
_CHOICES_ELSEWHERE = {"hetzner": "hcloud", "akamai": "linode", "do": "digitalocean"}
_KEYS_ELSEWHERE = {
    "location": "region",
    "datacenter": "region",
    "server_type": "size",
    "plan": "size",
    "type": "size",
    "os": "image",
    "ip": "address",
    "host": "address",
    "ipv4": "address",
    "private_key": "key_file",
    "ssh_key": "key_file",
    "ssh_keys": "authorized_keys",
    "domain": "zone",
    "path": "stream_path",
    "ssl_mode": "mode",
}
_TOKEN = re.compile(r"(?i:.*token|(?:.*_)?api_?key|(?:.*_)?secret)")


def choice(value: object, choices: Iterable[str]) -> str:
    """The tail of a refusal: the choice that was probably meant, or nothing."""
    known = [*choices]
    words = {word: word for word in known}
    words |= {other: ours for other, ours in _CHOICES_ELSEWHERE.items() if ours in known}
    close = difflib.get_close_matches(str(value).lower(), words, n=1)
    return f'; did you mean "{words[close[0]]}"?' if close else ""


def top_level(key: str, raw: Mapping[str, Any]) -> str:
    """The remedy for an unknown key of the project's namespace.

    Args:
        key: As typed.
        raw: The whole configuration.
    """
    if re.fullmatch(r"[\w-]+[.\[][\w.\[\]-]+", key, re.ASCII):
        name = f"'{NAMESPACE}:{key}'"
        return (
            f"no such key; below a section it is set with --path: `pulumi config set --path {name}"
            f" VALUE`; take this one out with `pulumi config rm {name}`"
        )
    if key == NAMESPACE:
        return (
            "no such key; each section stands right below `config:` under its whole name,"
            f" for example `{NAMESPACE}:server:`"
        )
    return f"no such key; {_remedy(key, Settings.model_fields, raw, section=None)}"


def below(key: str, model: type[BaseModel], raw: Mapping[str, Any], section: str) -> str:
    """The remedy for an unknown key of a section.

    Args:
        key: As typed.
        model: The settings class that does not know it.
        raw: The whole configuration.
        section: The top-level key.
    """
    scope = f" for provider {raw['server']['provider']}" if section == "server" else ""
    return f"no such key{scope}; {_remedy(key, model.model_fields, raw, section=section)}"


def _remedy(key: str, known: Iterable[str], raw: Mapping[str, Any], section: str | None) -> str:
    keys = list(known)
    word = _KEYS_ELSEWHERE.get(key.lower(), key)
    close = difflib.get_close_matches(word.lower(), keys, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    if _TOKEN.fullmatch(key):
        return (
            "a token is no setting: take it out, and set it with `pulumi config set --secret"
            f" {_token_key(raw, section)}` (it asks for the value)"
        )
    if word in Settings.model_fields:
        return f"it stands beside {section}, not below it: {NAMESPACE}:{word}"
    # What is deeper in another section means that section's own.
    near = [path for path in _paths() if path.count(".") == 1 or path.startswith(f"{section}.")]
    places = [path for path in near if path.rpartition(".")[2] == word]
    if len(places) == 1 and places[0] != f"{section}.{word}":
        path = f"'{NAMESPACE}:{places[0]}'" if "[" in places[0] else f"{NAMESPACE}:{places[0]}"
        return f"its place is {places[0]}: `pulumi config set --path {path} VALUE`"
    having = [tag for tag, model in server_models().items() if word in model.model_fields]
    if section == "server" and having:
        return f"it is for {', '.join(having)}; there are {', '.join(keys)}"
    return f"there are {', '.join(keys)}"


def _token_key(raw: Mapping[str, Any], section: str | None) -> str:
    server = raw.get("server")
    provider = server.get("provider") if isinstance(server, Mapping) else None
    credential = CLOUDFLARE if section == "edge" else PROVIDERS.get(str(provider), HCLOUD)
    return f"{credential.namespace}:{credential.key}"


def _paths() -> Iterator[str]:
    """Every key's path once, the first service standing for all."""
    seen: set[str] = set()
    for section, field in Settings.model_fields.items():
        arguments = typing.get_args(field.annotation)
        models = (
            list(server_models().values())
            if section == "server"
            else [arguments[0] if arguments else field.annotation]
        )
        prefix = f"{section}[0]" if section == "services" else section
        for path in (path for model in models for path in _inside(prefix, model)):
            if path not in seen:
                seen.add(path)
                yield path


def _inside(prefix: str, model: object) -> Iterator[str]:
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return
    for name, field in model.model_fields.items():
        yield f"{prefix}.{name}"
        yield from _inside(f"{prefix}.{name}", field.annotation)
