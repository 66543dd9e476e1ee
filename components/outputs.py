"""What a stack tells its user: where the services are, and what to type next."""

from collections.abc import Sequence

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


def next_steps(services: Sequence[Service], unit: str) -> list[str]:
    """Commands worth typing after `pulumi up`."""
    return [
        *(f"curl https://{service.hostname}{service.health_path}" for service in services),
        f"systemctl status {unit}",
        f"journalctl -u {unit} -f",
        "bin/ops ssh",
        "pulumi destroy",
    ]
