"""The lab's Hetzner Cloud: an HTTP API that rents real hosts of the lab."""

from lab.clouds.hetzner.app import create_app

HOSTNAMES: tuple[str, ...] = ("api.hetzner.cloud",)
"""The names this API is served under."""

__all__ = ["HOSTNAMES", "create_app"]
