"""What a stack is made from, as flags and questions give it."""

import re
from dataclasses import dataclass

from components.modes import MODES
from ops.errors import OpsError
from settings.sections import DIRECT_MODES, EdgeMode

DEFAULT_MODE: EdgeMode = "strict"
DEFAULT_SERVICES = ("asr=127.0.0.1:8001", "tts=127.0.0.1:8002")
_SERVICE = re.compile(r"(?P<name>[^@=]+)(?:@(?P<hostname>[^@=]+))?=(?P<upstreams>[^=]+)")
_STACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class ServiceAnswer:
    """One service; its hostname is made from the zone when it is None."""

    name: str
    hostname: str | None
    upstreams: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Everything that is asked; None is what was not answered yet.

    Attributes:
        address: This and the next three are for the provider `existing` alone.
    """

    provider: str | None = None
    region: str | None = None
    size: str | None = None
    image: str | None = None
    address: str | None = None
    user: str | None = None
    key_file: str | None = None
    host_key: str | None = None
    zone: str | None = None
    dns: str | None = None
    mode: str | None = None
    services: tuple[ServiceAnswer, ...] = ()
    load_balancer: bool | None = None


def parse_service(text: str) -> ServiceAnswer:
    """`NAME[@HOSTNAME]=HOST:PORT[,HOST:PORT...]`.

    Raises:
        OpsError: It is not of that form; what its parts may be is the settings' to check.
    """
    found = _SERVICE.fullmatch(text.strip())
    if found is None:
        raise OpsError(
            f"--service {text}: use NAME=HOST:PORT, for example asr=127.0.0.1:8001;"
            " NAME@HOSTNAME=HOST:PORT for a public name of its own, and commas between several"
            " HOST:PORT for the load balancer"
        )
    return ServiceAnswer(
        name=found["name"].strip(),
        hostname=found["hostname"],
        upstreams=tuple(part.strip() for part in found["upstreams"].split(",")),
    )


def modes_for(dns: str | None) -> tuple[EdgeMode, ...]:
    """The edge modes that go with these DNS records: only Cloudflare's lead through Cloudflare."""
    return tuple(mode for mode in MODES if dns != "manual" or mode in DIRECT_MODES)


def default_mode(dns: str | None) -> EdgeMode:
    """The strictest of them."""
    return "direct" if dns == "manual" else DEFAULT_MODE


def refuse_clash(answers: Answers) -> None:
    """Raises OpsError when the mode does not go with the DNS records, before more is asked."""
    # A mode that is none at all is told with the others' list by the settings.
    if answers.mode in {*MODES} - {*modes_for(answers.dns)}:
        raise OpsError(
            f"--dns {answers.dns} does not go with --mode {answers.mode}: only records at"
            " Cloudflare send visitors through Cloudflare. Use --mode"
            f" {' or '.join(reversed(modes_for(answers.dns)))}, or leave --dns out"
        )


def check_stack_name(stack: str) -> None:
    """Raises OpsError when pulumi could not take the name."""
    if _STACK.fullmatch(stack) is None:
        raise OpsError(
            f"{stack!r} cannot be a stack's name: use letters, digits, - _ and ., for example prod"
        )


def missing(answers: Answers) -> list[str]:
    """The flags of what has no answer and no default, for use without a terminal."""
    wanted = ["provider", "zone"]
    if answers.provider == "existing":
        wanted += ["address", "user", "key_file", "host_key"]
    else:
        wanted.append("region")
    return [f"--{name.replace('_', '-')}" for name in wanted if getattr(answers, name) is None]
