"""From answers to a whole configuration that clashes with no other stack. Pure functions."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ops.errors import OpsError
from ops.init.answers import Answers, ServiceAnswer
from ops.init.neighbours import Neighbour
from settings import Settings
from settings.defaults import fill
from settings.messages import lines

LONGEST_NAME = 31  # of a unit and of an account
FIRST_PORT = 8080
_USUAL_PORTS = {"asr": 8080, "tts": 8081}  # the guide's


def configuration(stack: str, answers: Answers, neighbours: Sequence[Neighbour]) -> dict[str, Any]:
    """The settings of the stack, below the project's namespace, nothing left to a default.

    Args:
        stack: Its name.
        answers: All of them given.
        neighbours: The other stacks on this host.

    Raises:
        OpsError: The answers do not make a configuration; one line for each mistake.
    """
    raw = {
        "server": _server(answers),
        "services": _services(stack, answers, neighbours),
        "edge": {"mode": answers.mode, "zone": answers.zone, "dns": answers.dns or "cloudflare"},
        "tunnel": {
            "unit": own_name("vps-tunnel", stack, {one.unit for one in neighbours}),
            "account": own_name("tunnel", stack, {one.account for one in neighbours}),
        },
        "load_balancer": {"enabled": _balanced(answers)},
    }
    check(raw)
    return raw


def check(raw: Mapping[str, Any]) -> Settings:
    """The settings' own judgement.

    Raises:
        OpsError: One line for each mistake, with the key it is about.
    """
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        found = [f"{path}: {problem}" for path, problem in lines(error, fill(raw), [])]
        found += [one["msg"] for one in error.errors() if one["type"] == "conflicts"]
        raise OpsError("these answers make no configuration:\n  " + "\n  ".join(found)) from None


def own_name(prefix: str, stack: str, taken: Collection[str]) -> str:
    """`vps-tunnel-prod`: a name that no other stack has, within the limits of Linux."""
    plain = re.sub(r"[^a-z0-9]+", "-", stack.lower()).strip("-")
    name = f"{prefix}-{plain}"
    if plain and len(name) <= LONGEST_NAME and name not in taken:
        return name
    # "Prod" and "prod", or two long names with one beginning, are two stacks.
    mark = hashlib.sha256(stack.encode()).hexdigest()[:6]
    return f"{name[: LONGEST_NAME - len(mark) - 1].rstrip('-')}-{mark}"


def free_ports(names: Sequence[str], taken: Collection[int]) -> list[int]:
    """A port for each service: the guide's where it is free, else the next that is."""
    usual = [_USUAL_PORTS.get(name) for name in names]
    held = {port for port in usual if port is not None and port not in taken}
    ports = []
    following = FIRST_PORT
    for port in usual:
        if port is not None and port not in taken:
            ports.append(port)
            continue
        while following in taken or following in held:
            following += 1
        held.add(following)
        ports.append(following)
    return ports


def _server(answers: Answers) -> dict[str, Any]:
    names = (
        ("provider", "address", "user", "key_file", "host_key")
        if answers.provider == "existing"
        else ("provider", "region", "size", "image")
    )
    given = {name: getattr(answers, name) for name in names}
    return {name: value for name, value in given.items() if value is not None}


def _services(
    stack: str, answers: Answers, neighbours: Sequence[Neighbour]
) -> list[dict[str, Any]]:
    ports = free_ports(
        [service.name for service in answers.services],
        {port for one in neighbours for port in one.ports},
    )
    hostnames = {name for one in neighbours for name in one.hostnames}
    return [
        {
            "name": service.name,
            "hostname": service.hostname or _hostname(stack, service, answers.zone, hostnames),
            "port": port,
            "upstreams": list(service.upstreams),
        }
        for service, port in zip(answers.services, ports, strict=True)
    ]


def _hostname(stack: str, service: ServiceAnswer, zone: str | None, taken: Collection[str]) -> str:
    plain = f"{service.name}.{zone}"
    if plain not in taken:
        return plain
    # One label: Cloudflare's certificate for visitors covers one below the zone, not two.
    return f"{own_name(service.name, stack, ())}.{zone}"


def _balanced(answers: Answers) -> bool:
    if answers.load_balancer is not None:
        return answers.load_balancer
    return any(len(service.upstreams) > 1 for service in answers.services)
