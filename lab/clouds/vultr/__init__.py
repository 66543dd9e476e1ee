"""The lab's Vultr: an HTTP API that rents real hosts of the lab."""

from lab.clouds.vultr.app import create_app

HOSTNAMES: tuple[str, ...] = ("api.vultr.com",)
"""The names this API is served under."""

__all__ = ["HOSTNAMES", "create_app"]
