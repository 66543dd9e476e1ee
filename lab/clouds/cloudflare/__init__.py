"""Cloudflare's API v4, as far as the program and its users need it, with the account's state.

Follows the published API documents and the official client (cloudflare 5.x). One account on the
Free plan; zones cannot be made or removed. Error numbers that are not documented are our own guess.
"""

from lab.clouds.cloudflare.app import BASE_PATH, create_app
from lab.clouds.cloudflare.auth import PERMISSIONS
from lab.clouds.cloudflare.published import PublishedZone, Record, ZoneState

HOSTNAMES: tuple[str, ...] = ("api.cloudflare.com",)

__all__ = [
    "BASE_PATH",
    "HOSTNAMES",
    "PERMISSIONS",
    "PublishedZone",
    "Record",
    "ZoneState",
    "create_app",
]
