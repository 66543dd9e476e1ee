"""The lab's ACME server, under Let's Encrypt's name: Debian's pebble, behind the lab's TLS."""

from lab.acme.front import HOSTNAMES, create_app
from lab.acme.pebble import ensure_pebble

__all__ = ["HOSTNAMES", "create_app", "ensure_pebble"]
