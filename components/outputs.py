"""What a stack tells its user: where the services are, and what to type next."""

from collections.abc import Sequence

from components.vps.offer import Offer
from settings import Service


def service_urls(services: Sequence[Service]) -> dict[str, dict[str, str]]:
    """The public addresses of each service."""
    return {
        service.name: {
            "stream": f"wss://{service.hostname}{service.stream_path}",
            "health": f"https://{service.hostname}{service.health_path}",
            "metrics": f"https://{service.hostname}{service.metrics_path}",
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


def next_steps(services: Sequence[Service], unit: str) -> list[str]:
    """Commands worth typing after `pulumi up`."""
    return [
        *(f"curl https://{service.hostname}{service.health_path}" for service in services),
        f"systemctl status {unit}",
        f"journalctl -u {unit} -f",
        "bin/ops ssh",
        "pulumi destroy",
    ]
