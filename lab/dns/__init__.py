"""The lab's only name server: the zones of the Cloudflare API, and the fixed names of the lab.

It answers for the whole internet of the lab: what it does not know does not exist.
"""

from lab.dns.names import Addresses, Names
from lab.dns.server import DnsServer

__all__ = ["Addresses", "DnsServer", "Names"]
