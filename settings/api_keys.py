"""Keys that a service's visitors must show: secrets, which no message and no file here holds."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, SecretStr

from settings.names import DnsLabel
from settings.section import NAMESPACE
from settings.values import Kind

KEY_PREFIX = 8
"""So many characters of a key are its public name: nginx finds its hash by them."""
SHORTEST, LONGEST = 32, 128
_FEWEST_DIFFERENT = 10
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_REMEDY = "make one with `openssl rand -hex 32`"


def _key(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not _ALPHABET.issuperset(text):
        raise ValueError(f"is not a key; use letters, digits, - and _ alone: {_REMEDY}")
    if not SHORTEST <= len(text) <= LONGEST:
        raise ValueError(
            f"is not a key of {SHORTEST} to {LONGEST} characters, and could be guessed: {_REMEDY}"
        )
    if len(set(text)) < _FEWEST_DIFFERENT:
        raise ValueError(f"has too few different characters, and could be guessed: {_REMEDY}")
    return value


ApiKey = Annotated[SecretStr, AfterValidator(_key)]
ApiKeys = Annotated[dict[DnsLabel, ApiKey], Kind("secret keys by name")]


def alike(keys: Mapping[str, SecretStr]) -> Iterator[tuple[str, str]]:
    """Pairs of names whose keys begin with the same characters; the later one first."""
    first: dict[str, str] = {}
    for name, key in keys.items():
        prefix = key.get_secret_value()[:KEY_PREFIX].lower()
        if prefix in first:
            yield name, first[prefix]
        first.setdefault(prefix, name)


def in_clear(services: object, *, encrypted: bool) -> Iterator[tuple[str, str]]:
    """A mistake for each service whose keys stand in the configuration file as they are.

    Args:
        services: The raw value of `services`.
        encrypted: Whether the engine says that part of it is encrypted.
    """
    if encrypted or not isinstance(services, list):
        return
    for index, service in enumerate(services):
        if isinstance(service, Mapping) and _given(service.get("api_keys")):
            path = f"services[{index}].api_keys"
            yield (
                path,
                (
                    "stands in the configuration unencrypted; take it out, make new keys, and set"
                    f" each with `pulumi config set --secret --path"
                    f" '{NAMESPACE}:{path}.NAME'` (it asks for the key)"
                ),
            )


def emptied(services: object) -> Iterator[tuple[str, str]]:
    """A mistake for each service that asks for a key and has none, as after its last `config rm`.

    It would be open to everybody from then on.

    Args:
        services: The raw value of `services`.
    """
    if not isinstance(services, list):
        return
    for index, service in enumerate(services):
        if isinstance(service, Mapping) and service.get("api_keys") == {}:
            path = f"services[{index}].api_keys"
            yield (
                path,
                (
                    "is there and has no key, so nobody could get in; set a key with"
                    f" `pulumi config set --secret --path 'vps-reverse-proxy:{path}.NAME'` (it asks"
                    " for the key), or open the service to everybody with"
                    f" `pulumi config rm --path 'vps-reverse-proxy:{path}'`"
                ),
            )


def _given(keys: Any) -> bool:
    return keys is not None and keys != {}
