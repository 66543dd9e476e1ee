"""The lab's ACME server, under Let's Encrypt's name: Debian's pebble, behind the lab's TLS."""

from lab.acme.front import HOSTNAMES, create_app

__all__ = ["HOSTNAMES", "create_app"]
