"""What asks the providers' HTTP APIs: a client of httpx, or words about why there is none."""

import functools
import os
import ssl
from collections.abc import Mapping

import httpx

_PROXIES = {"http_proxy", "https_proxy", "all_proxy"}
_USABLE = ("http://", "https://")


class UnusableProxyError(Exception):
    """The environment names a proxy that httpx cannot use; the message says which and what to do.

    A proxy's address may hold a password, so it is no part of the message.
    """


def http_client(token: str | None, *, timeout: float) -> httpx.Client:
    """A client that sends the token with each request, and takes the environment's proxy.

    Args:
        token: A bearer token; None where only public things are asked.
        timeout: Of connecting, and of each silence; in seconds.

    Raises:
        UnusableProxyError: There is no way through the environment's proxy.
    """
    headers = httpx.Headers({"Authorization": f"Bearer {token}"} if token else {})
    trust = _trust()
    try:
        return httpx.Client(headers=headers, timeout=timeout, verify=trust)
    # In this order: SOCKS without a package of its own, a scheme that it never heard of, no URL.
    except (ImportError, ValueError, httpx.InvalidURL):
        raise UnusableProxyError(_words(os.environ)) from None


@functools.cache
def _trust() -> ssl.SSLContext:
    """The system's own trust store, which people add to; not the one httpx brings."""
    return ssl.create_default_context()


def _words(environ: Mapping[str, str]) -> str:
    # httpx takes an address without a scheme for that of an http:// proxy.
    found = {
        name: f"{scheme}://" if (scheme := value.rpartition("://")[0]) else "no scheme"
        for name, value in environ.items()
        if name.lower() in _PROXIES and value
    }
    strange = {name: kind for name, kind in found.items() if kind not in {*_USABLE, "no scheme"}}
    culprits = strange or found
    named = ", ".join(f"{name} ({kind})" for name, kind in sorted(culprits.items()))
    return (
        f"the environment names a proxy that this program cannot use: {named}. It takes "
        f"http://HOST:PORT alone. Run: unset {' '.join(sorted(culprits))} - and, where there is no "
        "way out without a proxy: export HTTPS_PROXY=http://HOST:PORT"
    )
