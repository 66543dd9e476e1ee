"""What asks the providers' HTTP APIs: a client of httpx, patient with who is busy."""

import functools
import ipaddress
import os
import re
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx

BUSY = frozenset({429, 500, 502, 503, 504})
TRIES = 4
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 8.0
_TIMEOUT_SECONDS = 10.0  # of connecting, and of each silence
_PROXIES = {"http_proxy", "https_proxy", "all_proxy"}
_USABLE = ("http://", "https://")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.ASCII | re.IGNORECASE)

Result = TypeVar("Result")


class UnusableProxyError(Exception):
    """httpx cannot use the environment's proxy, or the exceptions from it; the message says which.

    A proxy's address may hold a password, so it is no part of the message.
    """


class TryAgainError(Exception):
    """It may succeed when tried again; the message says what was wrong.

    Attributes:
        wait: What the other side asks for until then, in seconds; None where it does not say.
    """

    wait: float | None = None


def http_client(token: str | None) -> httpx.Client:
    """A client that sends the token with each request, and takes the environment's proxy.

    Args:
        token: A bearer token; None where only public things are asked.

    Raises:
        UnusableProxyError: There is no way through the environment's proxy.
    """
    headers = httpx.Headers({"Authorization": f"Bearer {token}"} if token else {})
    trust = _trust()
    try:
        return httpx.Client(headers=headers, timeout=_TIMEOUT_SECONDS, verify=trust)
    # In this order: SOCKS without a package of its own, a scheme that it never heard of, no URL.
    except (ImportError, ValueError, httpx.InvalidURL):
        raise UnusableProxyError(_words(os.environ)) from None


def request(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    params: Mapping[str, str | int] | None = None,
    body: Mapping[str, Any] | None = None,
) -> httpx.Response:
    """The answer, also a refusal; one try.

    Raises:
        TryAgainError: There is none, or who answers is busy.
    """
    try:
        answer = client.request(method, url, params=params, json=body)
    except httpx.HTTPError as error:
        raise TryAgainError(type(error).__name__) from None
    if answer.status_code in BUSY:
        busy = TryAgainError(f"status {answer.status_code}")
        busy.wait = retry_after(answer)
        raise busy
    return answer


def retry_after(answer: httpx.Response) -> float | None:
    """How long who is busy asks to wait, in seconds; None where it does not say."""
    asked = answer.headers.get("Retry-After", "")
    return float(asked) if asked.isdigit() else None


def retry(
    operation: Callable[[], Result],
    *,
    tries: int = TRIES,
    longest_wait: float = _LONGEST_WAIT_SECONDS,
    sleep: Callable[[float], None] | None = None,
) -> Result:
    """Try an operation until it succeeds, within bounds.

    Args:
        operation: It is started anew as a whole.
        tries: At most.
        longest_wait: Between two tries, whatever is asked for; in seconds.
        sleep: Waits so many seconds; `time.sleep` unless told.

    Raises:
        TryAgainError: Of the last try.
    """
    for attempt in range(tries - 1):
        try:
            return operation()
        except TryAgainError as busy:
            wait = _FIRST_WAIT_SECONDS * 2**attempt if busy.wait is None else busy.wait
            (sleep or time.sleep)(min(wait, longest_wait))
    return operation()


@functools.cache
def _trust() -> ssl.SSLContext:
    """The system's own trust store, which people add to; not the one httpx brings."""
    return ssl.create_default_context()


def _words(environ: Mapping[str, str]) -> str:
    # httpx takes an address without a scheme for that of an http:// proxy.
    found = {
        name: scheme[0] if (scheme := _SCHEME.match(value)) else "no scheme"
        for name, value in environ.items()
        if name.lower() in _PROXIES and value
    }
    strange = {name: kind for name, kind in found.items() if kind not in {*_USABLE, "no scheme"}}
    if not strange and (excepted := _unreadable_exceptions(environ)):
        entries = "; ".join(f"{name}: {', '.join(them)}" for name, them in sorted(excepted.items()))
        return (
            "the environment excepts from the proxy what this program cannot read - "
            f"{entries}. Take it out: IPv6 addresses stand there without brackets, and a network "
            "of IPv6 addresses or a port cannot"
        )
    culprits = strange or found
    named = ", ".join(f"{name} ({kind})" for name, kind in sorted(culprits.items()))
    return (
        f"the environment names a proxy that this program cannot use: {named}. It takes "
        f"http://HOST:PORT alone. Run: unset {' '.join(sorted(culprits))} - and, where there is no "
        "way out without a proxy: export HTTPS_PROXY=http://HOST:PORT"
    )


def _unreadable_exceptions(environ: Mapping[str, str]) -> dict[str, list[str]]:
    """By variable, what httpx makes no pattern of; a single address of any kind it knows."""
    found: dict[str, list[str]] = {}
    for name, value in environ.items():
        if name.lower() == "no_proxy":
            entries = [entry.strip() for entry in value.split(",")]
            found[name] = [entry for entry in entries if entry and not _readable(entry)]
    return {name: entries for name, entries in found.items() if entries}


def _readable(entry: str) -> bool:
    try:
        ipaddress.ip_address(entry)
    except ValueError:
        try:
            httpx.URL(entry if "://" in entry else f"all://*{entry}")
        except httpx.InvalidURL:
            return False
    return True
