"""What a stack tells its user: where the services are, and what to type next."""

from collections.abc import Sequence
from typing import Any

from components.modes import Mode
from components.naming import StackName
from components.vps.offer import Offer
from settings import Service, Settings


def service_urls(services: Sequence[Service], mode: Mode) -> dict[str, dict[str, str]]:
    """The public addresses of each service."""
    web = mode.visitor_scheme
    socket = "wss" if web == "https" else "ws"
    return {
        service.name: {
            "stream": f"{socket}://{service.hostname}{service.stream_path}",
            "health": f"{web}://{service.hostname}{service.health_path}",
            "metrics": f"{web}://{service.hostname}{service.metrics_path}",
        }
        for service in services
    }


def describe_cost(offer: Offer | None) -> dict[str, str | float | None]:
    """What the VPS costs a month, in which currency, and who says so."""
    if offer is None:
        return {"amount": None, "currency": "", "source": "the machine is yours"}
    return {
        "amount": offer.monthly_cost,
        "currency": offer.currency,
        "source": offer.source,
    }


def describe_operations(settings: Settings, stack: StackName) -> dict[str, Any]:
    """What bin/ops must know of the stack to look at it; nothing of it is secret."""
    balancer = settings.load_balancer
    return {
        "owner": stack.owner,
        "slug": stack.slug,
        "mode": settings.edge.mode,
        "zone": settings.edge.zone,
        "dns": settings.edge.dns,
        "sslScope": settings.edge.ssl_scope,
        "unit": settings.tunnel.unit,
        "account": settings.tunnel.account,
        "balancerPort": balancer.port if balancer.enabled else None,
        "metricsPorts": _metrics_ports(settings),
        "services": [
            {
                "name": service.name,
                "hostname": service.hostname,
                "streamPath": service.stream_path,
                "healthPath": service.health_path,
                "port": service.port,
                "upstreams": list(service.upstreams),
                "balancerPort": service.balancer_port if balancer.enabled else None,
                "keyed": bool(service.api_keys),
                "canary": {"send": service.canary.send, "expect": service.canary.expect},
            }
            for service in settings.services
        ],
    }


def _metrics_ports(settings: Settings) -> list[int]:
    watch = settings.watch
    if not watch.enabled:
        return []
    inside, outside = watch.ports(settings.services[0].port)
    return [inside, outside] if watch.metrics_allow else [inside]


def next_steps(services: Sequence[Service], stack: StackName, unit: str, mode: Mode) -> list[str]:
    """Commands worth typing after `pulumi up`.

    Each names its stack: the selected one may be another, as `bin/ops init` selects none.
    """
    return [
        *(
            f"curl {mode.visitor_scheme}://{service.hostname}{service.health_path}"
            for service in services
        ),
        f"systemctl status {unit}",
        f"journalctl -u {unit} -f",
        f"bin/ops status --stack {stack.stack}",
        f"bin/ops ssh --stack {stack.stack}",
        f"pulumi destroy --stack {stack.stack}",
    ]
