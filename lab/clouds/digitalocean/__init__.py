"""The lab's DigitalOcean: an HTTP API that rents real hosts of the lab."""

from lab.clouds.digitalocean.app import create_app

HOSTNAMES: tuple[str, ...] = ("api.digitalocean.com",)
"""The names this API is served under."""

__all__ = ["HOSTNAMES", "create_app"]
