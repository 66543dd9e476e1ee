"""The edge: nginx on the host `edge`, in step with the zones, behaving as Cloudflare's proxy.

What it follows of a zone: proxied records, the SSL mode (zone setting and configuration rules),
always_use_https, websockets. The other settings are kept by the API and change nothing here.
"""

from lab.edge.push import Edge
from lab.edge.sites import Site, sites

__all__ = ["Edge", "Site", "sites"]
