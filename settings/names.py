"""Names of services, accounts, units, files, and what providers call their own."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator

from settings.network import LABEL
from settings.values import Kind, matching

# Accounts of a Debian with what we install: taking one over would break the machine.
_SYSTEM_ACCOUNTS = frozenset(
    {"root", "daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp"}
    | {"proxy", "www-data", "backup", "list", "irc", "gnats", "nobody", "messagebus", "sshd"}
    | {"sudo", "adm", "staff", "users", "ssh", "nginx", "_apt"}
)


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
        LABEL, "is not a service name; use lower-case letters, digits, hyphens, for example asr"
    ),
    Kind("name"),
]
_PROVIDERS_NAME = r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?"
RegionName = Annotated[
    str,
    matching(
        _PROVIDERS_NAME,
        "is not a region's short name; use one that `bin/ops regions` lists, for example nbg1",
    ),
    Kind("the provider's name for it"),
]
SizeName = Annotated[
    str,
    matching(
        _PROVIDERS_NAME,
        "is not a size's short name; use the provider's own, in lower case, for example cx23",
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
