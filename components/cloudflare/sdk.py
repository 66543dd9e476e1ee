"""The two resources of Cloudflare's SDK that the program declares, without the others.

`import pulumi_cloudflare` loads each of its modules, several hundred, at every preview, `up` and
`destroy`: most of the time that the program's imports take. Here the package is found, not run,
and the resources come from their own modules.
"""

import sys
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING

__all__ = ["DnsRecord", "OriginCaCertificate"]

_SDK = "pulumi_cloudflare"

if TYPE_CHECKING or _SDK in sys.modules or (_spec := find_spec(_SDK)) is None:
    from pulumi_cloudflare import DnsRecord, OriginCaCertificate
else:
    # Its modules look for their package here.
    sys.modules[_SDK] = module_from_spec(_spec)
    try:
        from pulumi_cloudflare.dns_record import DnsRecord
        from pulumi_cloudflare.origin_ca_certificate import OriginCaCertificate
    finally:
        # An import of the whole package runs it then, as ever.
        del sys.modules[_SDK]
