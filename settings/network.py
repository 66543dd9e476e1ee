"""Host names, addresses, ports and URL paths as settings."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.values import Kind, between

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


def _ipv4(value: str) -> str:
    if not (_ip_address(value) and "." in value and ":" not in value):
        raise ValueError(
            "is not an IPv4 address; for example 203.0.113.5 (of a name: dig +short NAME)"
        )
    return value


def _ipv6(value: str) -> str:
    if not (_ip_address(value) and ":" in value):
        raise ValueError("is not an IPv6 address; for example 2001:db8::5")
    return value


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


def _network(value: str) -> str:
    try:
        network = None if "%" in value else str(ipaddress.ip_network(value))
    except ValueError:
        network = None
    if network is None:
        raise ValueError(
            "is not an address or network; for example 198.51.100.7, 198.51.100.0/24 or"
            " 2001:db8::/48, with no bits set behind the mask"
        )
    return network


Hostname = Annotated[str, AfterValidator(_hostname), Kind("host name")]
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
