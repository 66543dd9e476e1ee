"""Host names, addresses, ports and URL paths as settings."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.values import Kind, RefusalError, between

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
"""One part of a DNS name, in lower case."""

_HOSTNAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{LABEL}\.)+(?=[a-z0-9-]*[a-z]){LABEL}", re.ASCII)
_SINGLE_LABEL = re.compile(rf"(?=[a-z0-9-]*[a-z]){LABEL}", re.ASCII)
_PATH = re.compile(r"/(?:[A-Za-z0-9._~-]+/)*(?:[A-Za-z0-9._~-]+)?", re.ASCII)
_PATH_LIMIT = 200
_HIGHEST_PORT = 65535


def is_hostname(value: str) -> bool:
    """Whether it is a full, lower-case DNS name of two labels or more."""
    return _HOSTNAME.fullmatch(value) is not None


def _bare(value: str) -> str:
    """What is between `https://` and the path of a URL, in lower case."""
    return re.sub(r"^[a-z]+://", "", value.strip().lower()).partition("/")[0]


def _hostname_meant(value: str) -> str | None:
    name = _bare(value).partition(":")[0].rstrip(".")
    try:
        name = name.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return name if is_hostname(name) else None


def _hostname(value: str) -> str:
    if not is_hostname(value):
        wildcard = ", and no wildcard" if "*" in value else ""
        raise RefusalError(
            f"is not a host name; use lower-case letters, digits, hyphens and dots{wildcard},"
            " for example asr.gonova.one",
            meant=_hostname_meant(value),
        )
    return value


def _zone(value: str) -> str:
    if not is_hostname(value):
        raise RefusalError(
            "is not a zone's name; use the domain in lower-case letters, for example example.org",
            meant=_hostname_meant(value),
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


def _ipv4(value: str) -> str:
    if not (_ip_address(value) and "." in value and ":" not in value):
        bare = _bare(value).partition(":")[0]
        raise RefusalError(
            "is not an IPv4 address; for example 203.0.113.5 (of a name: dig +short NAME)",
            meant=bare if _ip_address(bare) else None,
        )
    return value


def _ipv6(value: str) -> str:
    if not (_ip_address(value) and ":" in value):
        raise ValueError("is not an IPv6 address; for example 2001:db8::5")
    return str(ipaddress.ip_address(value))


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


def _host_port_meant(value: str) -> str | None:
    """Of a URL, or of an address that a program listens on rather than is reached at."""
    host, _, port = _bare(value).rpartition(":")
    if host in {"", "*", "0.0.0.0", "[::]"}:  # noqa: S104 # nosec B104 - nothing listens
        host = "127.0.0.1"
    candidate = f"[{host}]:{port}" if host.count(":") > 1 and host[0] != "[" else f"{host}:{port}"
    try:
        _address(split_host_port(candidate)[0])
    except ValueError:
        return None
    return candidate


def _host_port(value: str) -> str:
    try:
        host, port = split_host_port(value)
        _address(host)
    except ValueError as error:
        raise RefusalError(
            "is not HOST:PORT; use for example 127.0.0.1:8001, or [::1]:8001 for IPv6",
            meant=_host_port_meant(value),
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
            "is not a path of a service; use / and then letters, digits and . _ ~ -,"
            " for example /v1/stream/asr"
        )
    return value


def _as_network(value: str, *, strict: bool) -> str | None:
    try:
        return None if "%" in value else str(ipaddress.ip_network(value, strict=strict))
    except ValueError:
        return None


def _network(value: str) -> str:
    network = _as_network(value, strict=True)
    if network is None:
        raise RefusalError(
            "is not an address or network; for example 198.51.100.7, 198.51.100.0/24 or"
            " 2001:db8::/48, with no bits set behind the mask",
            meant=_as_network(value, strict=False),
        )
    return network


Hostname = Annotated[str, AfterValidator(_hostname), Kind("host name")]
Zone = Annotated[str, AfterValidator(_zone), Kind("host name")]
IPv4 = Annotated[str, AfterValidator(_ipv4), Kind("IPv4 address")]
IPv6 = Annotated[str, AfterValidator(_ipv6), Kind("IPv6 address")]
Network = Annotated[str, AfterValidator(_network), Kind("address or network")]
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
