"""The kinds of value a setting may hold: names, ports, paths, durations.

Each is a plain `str` or `int` that passed one check, and none can leave the place it is written
to: nginx, shell, systemd and sshd files, YAML. A refusal reads as the rest of a sentence that
starts with the value: what it is not, then what to use, with an example.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOSTNAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}", re.ASCII)
_SINGLE_LABEL = re.compile(rf"(?=[a-z0-9-]*[a-z]){_LABEL}", re.ASCII)
_PATH = re.compile(r"/(?:[A-Za-z0-9._~-]+/)*(?:[A-Za-z0-9._~-]+)?", re.ASCII)
_DURATION = re.compile(r"([0-9]{1,7})(s|m|h|)", re.ASCII)
_UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_PATH_LIMIT = 200
_HIGHEST_PORT = 65535

# Accounts of a Debian with what we install: taking one over would break the machine.
_SYSTEM_ACCOUNTS = frozenset(
    {"root", "daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp"}
    | {"proxy", "www-data", "backup", "list", "irc", "gnats", "nobody", "messagebus", "sshd"}
    | {"sudo", "adm", "staff", "users", "ssh", "nginx", "_apt"}
)


@dataclass(frozen=True)
class Kind:
    """How the documentation names a kind of value."""

    words: str


def matching(pattern: str, refusal: str) -> AfterValidator:
    """A check that the whole text matches `pattern` (ASCII only)."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise ValueError(refusal)
        return value

    return AfterValidator(check)


def between(low: int, high: int, noun: str, example: int) -> AfterValidator:
    """A check of a whole number's range, both ends included."""

    def check(value: int) -> int:
        if not low <= value <= high:
            raise ValueError(f"is not {noun}; use {low} to {high}, for example {example}")
        return value

    return AfterValidator(check)


def format_duration(seconds: int) -> str:
    """The shortest way to type a duration: 3600 is "1h", 90 is "90s"."""
    for unit in ("h", "m"):
        if seconds and seconds % _UNIT_SECONDS[unit] == 0:
            return f"{seconds // _UNIT_SECONDS[unit]}{unit}"
    return f"{seconds}s"


def duration(low: int, high: int) -> tuple[BeforeValidator, AfterValidator]:
    """Reads 3600, "300s", "15m" or "1h" as seconds within a range."""

    def parse(value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and (found := _DURATION.fullmatch(value)):
            return int(found[1]) * _UNIT_SECONDS[found[2]]
        raise ValueError('is not a duration; use seconds, or "300s", "15m", "1h"')

    def check(value: int) -> int:
        if not low <= value <= high:
            raise ValueError(
                f"is out of range; use {format_duration(low)} to {format_duration(high)}"
            )
        return value

    return BeforeValidator(parse), AfterValidator(check)


def is_hostname(value: str) -> bool:
    """Whether it is a full, lower-case DNS name of two labels or more."""
    return _HOSTNAME.fullmatch(value) is not None


def _hostname(value: str) -> str:
    if not is_hostname(value):
        raise ValueError(
            "is not a host name; use lower-case letters, digits, hyphens and dots,"
            " for example asr.gonova.one"
        )
    return value


def _ip_address(value: str) -> bool:
    # A scope ("fe80::1%...") may hold anything at all, and means nothing on another machine.
    if "%" in value:
        return False
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return not (address.is_unspecified or address.is_multicast)


def _address(value: str) -> str:
    if _ip_address(value) or is_hostname(value) or _SINGLE_LABEL.fullmatch(value):
        return value
    raise ValueError("is not an IP address or host name; for example 203.0.113.5")


def split_host_port(value: str) -> tuple[str, int]:
    """Host without brackets, and port, of a `HostPort`.

    Raises:
        ValueError: it is not `HOST:PORT`.
    """
    host, _, port = value.rpartition(":")
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= _HIGHEST_PORT):
        raise ValueError("port")
    if host.startswith("[") and host.endswith("]") and ":" in host:
        return host[1:-1], int(port)
    if ":" in host:
        raise ValueError("an IPv6 address stands in brackets")
    return host, int(port)


def _host_port(value: str) -> str:
    try:
        host, port = split_host_port(value)
        _address(host)
    except ValueError as error:
        raise ValueError(
            "is not HOST:PORT; for example 127.0.0.1:8001, or [::1]:8001 for IPv6"
        ) from error
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _url_path(value: str) -> str:
    segments = value.split("/")
    # "/" itself is nginx's for everything that is no path of the service.
    if (
        value == "/"
        or len(value) > _PATH_LIMIT
        or _PATH.fullmatch(value) is None
        or {".", ".."} & set(segments)
    ):
        raise ValueError(
            "is not a path of a service; start with /, then letters, digits and . _ ~ -,"
            " for example /v1/stream/asr"
        )
    return value


def _no_system_account(example: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value in _SYSTEM_ACCOUNTS or value.startswith("systemd-"):
            raise ValueError(
                f"is an account of the system itself; use another name, for example {example}"
            )
        return value

    return check


def _key_file(value: str) -> str:
    if re.fullmatch(r"(?:~/|/)[\w./@+~ -]{1,400}", value) is None or value.endswith("/"):
        raise ValueError("is not the path of a file; start with / or ~/, for example ~/.ssh/vps")
    return value


DnsLabel = Annotated[
    str,
    matching(
        _LABEL, "is not a service name; use lower-case letters, digits, hyphens, for example asr"
    ),
    Kind("name"),
]
Hostname = Annotated[str, AfterValidator(_hostname), Kind("host name")]
Address = Annotated[str, AfterValidator(_address), Kind("IP address or host name")]
HostPort = Annotated[str, AfterValidator(_host_port), Kind("host:port")]
UrlPath = Annotated[str, AfterValidator(_url_path), Kind("path")]
Port = Annotated[
    int,
    Field(strict=True),
    between(1, _HIGHEST_PORT, "a port", 22),
    Kind("port"),
]
HighPort = Annotated[
    int,
    Field(strict=True),
    between(1024, _HIGHEST_PORT, "a port", 8081),
    Kind("port, 1024 to 65535"),
]
Count = Annotated[
    int, Field(strict=True), between(1, 10, "a count", 3), Kind("whole number, 1 to 10")
]
Flag = Annotated[bool, Field(strict=True), Kind("true or false")]
ProviderName = Annotated[
    str,
    matching(
        r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?",
        "is not a provider's name for it; use lower-case letters, digits, hyphens",
    ),
    Kind("the provider's name for it"),
]
UnixUser = Annotated[
    str,
    matching(
        r"[a-z_][a-z0-9_-]{0,30}",
        "is not a user name; use lower-case letters, digits, - and _, for example admin",
    ),
    Kind("user name"),
]
NewUnixUser = Annotated[UnixUser, AfterValidator(_no_system_account("admin"))]
UnitName = Annotated[
    str,
    matching(
        r"[a-z](?:[a-z0-9-]{0,29}[a-z0-9])?",
        "is not a unit name; use at most 31 lower-case letters, digits and hyphens, without"
        " .service, for example vps-tunnel",
    ),
    AfterValidator(_no_system_account("vps-tunnel")),
    Kind("name, at most 31 characters"),
]
KeyFile = Annotated[
    str,
    AfterValidator(_key_file),
    Kind("path on this machine"),
]
