"""Hetzner's own client, loaded when something of it is first used."""

from typing import TYPE_CHECKING, Any

from lab.plugins.later import Later

__all__ = ["Vendor", "hcloud"]

Vendor = Any
"""Hetzner's models: every field is typed as possibly None, known only from the API's documents."""

if TYPE_CHECKING:
    import hcloud
    import hcloud.actions
    import hcloud.firewalls
    import hcloud.locations
    import hcloud.primary_ips
    import hcloud.server_types
    import hcloud.servers
else:
    hcloud = Later("hcloud")
