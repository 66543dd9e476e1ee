"""What answers the public names: the DNS records, and how the edge talks to the VPS.

It refuses to take over names that are not this stack's, and keeps others' rules as they are.
"""

from components.edge.certificate import (
    OriginCertificate,
    OriginCertificateArgs,
    certificate_generation,
)
from components.edge.conflicting_records import known_addresses
from components.edge.edge import Edge, EdgeArgs
from components.edge.preflight import Zone, preflight_edge
from components.edge.records import record_comment

__all__ = [
    "Edge",
    "EdgeArgs",
    "OriginCertificate",
    "OriginCertificateArgs",
    "Zone",
    "certificate_generation",
    "known_addresses",
    "preflight_edge",
    "record_comment",
]
