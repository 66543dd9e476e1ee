"""The lab's Linode (Akamai): an HTTP API, version 4, that rents real hosts of the lab."""

from lab.clouds.linode.app import create_app

HOSTNAMES: tuple[str, ...] = ("api.linode.com",)
"""The names this API is served under."""

__all__ = ["HOSTNAMES", "create_app"]
