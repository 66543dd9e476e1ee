"""Rules that span settings; each names the later of the places that clash."""

from collections.abc import Iterator, Mapping

from settings.api_keys import alike
from settings.partial import Conflict, Partial
from settings.port_conflicts import find_port_conflicts
from settings.sections import DIRECT_MODES, EdgeSettings, Service
from settings.server import ExistingServer, RentedServer, ServerSettings


def find_conflicts(partial: Partial) -> list[Conflict]:
    """Every rule that is broken, in the services' order."""
    return [
        *_duplicates(partial.services),
        *_outside_zone(partial),
        *_manual_dns(partial.edge),
        *_hsts(partial.edge),
        *_equal_paths(partial.services),
        *_upstreams(partial),
        *_keys_alike(partial.services),
        *find_port_conflicts(partial),
        *_tunnel_account(partial),
        *_open_machine(partial.server),
        *_canary(partial.services),
    ]


def _duplicates(services: Mapping[int, Service]) -> Iterator[Conflict]:
    for field in ("name", "hostname", "port"):
        first: dict[object, int] = {}
        for index, service in services.items():
            value = getattr(service, field)
            if value in first:
                yield (
                    f"services[{index}].{field}",
                    (
                        f'"{value}" is already the {field} of services[{first[value]}];'
                        " every service needs its own"
                    ),
                )
            first.setdefault(value, index)


def _outside_zone(partial: Partial) -> Iterator[Conflict]:
    if partial.edge is None:
        return
    zone = partial.edge.zone
    for index, service in partial.services.items():
        if service.hostname != zone and not service.hostname.endswith(f".{zone}"):
            yield (
                f"services[{index}].hostname",
                (
                    f'"{service.hostname}" is not in the zone {zone};'
                    f" use for example {service.name}.{zone}, or change edge.zone"
                ),
            )


def _manual_dns(edge: EdgeSettings | None) -> Iterator[Conflict]:
    if edge is not None and edge.dns == "manual" and edge.mode not in DIRECT_MODES:
        yield (
            "edge.dns",
            (
                f'"manual" does not go with edge.mode {edge.mode}: only records at Cloudflare send'
                " visitors through Cloudflare; set edge.mode to direct or direct-http, or edge.dns"
                " to cloudflare"
            ),
        )


def _hsts(edge: EdgeSettings | None) -> Iterator[Conflict]:
    if edge is not None and edge.hsts and edge.mode == "direct-http":
        yield (
            "edge.hsts",
            (
                "true does not go with edge.mode direct-http: browsers would be kept from names"
                " that have no https; set edge.mode to direct, or edge.hsts to false"
            ),
        )


def _equal_paths(services: Mapping[int, Service]) -> Iterator[Conflict]:
    for index, service in services.items():
        seen: dict[str, str] = {}
        for field in ("stream_path", "health_path", "metrics_path"):
            path = getattr(service, field)
            if path in seen:
                yield (
                    f"services[{index}].{field}",
                    f'"{path}" is already its {seen[path]}; use another path',
                )
            seen.setdefault(path, field)


def _upstreams(partial: Partial) -> Iterator[Conflict]:
    balancer = partial.load_balancer
    for index, service in partial.services.items():
        path = f"services[{index}].upstreams"
        if balancer and not balancer.enabled and len(service.upstreams) > 1:
            yield (
                path,
                (
                    f"{len(service.upstreams)} upstreams need the load balancer; "
                    "set load_balancer.enabled to true, or keep one"
                ),
            )
        for position, upstream in enumerate(service.upstreams):
            if upstream in service.upstreams[:position]:
                yield f"{path}[{position}]", f'"{upstream}" is listed twice; remove one'


def _keys_alike(services: Mapping[int, Service]) -> Iterator[Conflict]:
    for index, service in services.items():
        for name, other in alike(service.api_keys):
            yield (
                f"services[{index}].api_keys.{name}",
                f"begins as {other} does; make another one with `openssl rand -hex 32`",
            )


def _tunnel_account(partial: Partial) -> Iterator[Conflict]:
    match partial.server:
        case RentedServer(admin=administrator):
            path = "server.admin"
        case ExistingServer(user=administrator):
            path = "server.user"
        case None:
            return
    if partial.tunnel and partial.tunnel.account == administrator:
        yield (
            "tunnel.account",
            (
                f'"{administrator}" is the VPS\'s administrator ({path}); the tunnel needs'
                " an account of its own, for example tunnel"
            ),
        )


def _open_machine(server: ServerSettings | None) -> Iterator[Conflict]:
    """What closing a machine of the user's, or leaving it open, does not go with."""
    match server:
        case ExistingServer(harden=True, user="root"):
            yield (
                "server.harden",
                (
                    "closes root's login, and server.user is root; make an account with sudo there"
                    " and name it in server.user"
                ),
            )
        case ExistingServer(harden=False, ssh_allow=(_, *_)):
            yield (
                "server.ssh_allow",
                (
                    "closes nothing on a machine of yours, whose firewall stays as it is; set"
                    " server.harden to true, or remove it"
                ),
            )


def _canary(services: Mapping[int, Service]) -> Iterator[Conflict]:
    for index, service in services.items():
        if service.canary.expect and not service.canary.send:
            yield (
                f"services[{index}].canary.expect",
                (
                    "is never compared, as there is no canary.send; set canary.send to a message"
                    " that the service answers, or remove canary.expect"
                ),
            )
