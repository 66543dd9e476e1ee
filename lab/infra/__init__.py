"""The centre of the lab's internet: DNS, the providers' APIs over TLS, Debian's archive."""

from lab.infra.serving import Ports, serve

__all__ = ["Ports", "serve"]
