"""Who may do what: API tokens, their permissions, and the limit on requests."""

from __future__ import annotations

import re
import time
from collections import defaultdict, deque
from hashlib import sha256
from typing import TYPE_CHECKING

from lab.clouds.cloudflare.envelope import ApiError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from starlette.requests import Request

TOKEN_FORM = re.compile(r"[0-9A-Za-z_-]{40,80}")
LIMIT = 1200
WINDOW = 300.0  # seconds; 1200 requests in five minutes
DENIAL = (403, 10000, "Authentication error")
"""What most services answer to a token without the permission: status, code, words."""

PERMISSIONS = frozenset(
    f"{what} {verb}"
    for what in (
        *("Zone", "DNS", "Zone Settings", "Config Rules", "Zone WAF", "Zone Rules"),
        "SSL and Certificates",
    )
    for verb in ("Read", "Write")
)
"""All that a token may hold. `Zone Rules` stands for the phases that are not told apart here."""


class Tokens:
    """The account's tokens.

    `tokens` maps each token to its permissions, named as Cloudflare names them ("DNS Write");
    Write includes Read. They are kept as digests, so that no trace or dump shows one.
    """

    def __init__(
        self,
        tokens: Mapping[str, Collection[str]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._permissions = {_digest(token): frozenset(held) for token, held in tokens.items()}
        self._requests: defaultdict[str, deque[float]] = defaultdict(deque)
        self._clock = clock

    def identify(self, request: Request) -> str:
        """The id of the request's token, 32 hex digits; counts the request.

        Raises ApiError: 400 without a proper token, 403 for an unknown one, 429 past the limit.
        """
        digest = _digest(_bearer(request))
        if digest not in self._permissions:
            if request.url.path.endswith("/user/tokens/verify"):
                raise ApiError(401, 1000, "Invalid API Token")
            raise ApiError(403, 9109, "Invalid access token")
        self._count(digest)
        return digest[:32]

    def require(
        self, request: Request, *any_of: str, denial: tuple[int, int, str] = DENIAL
    ) -> None:
        """Let the request pass when its token holds one of these permissions.

        Raises ApiError: as `identify`, and `denial` when the token holds none of them.
        """
        token = self.identify(request)
        held = next(held for digest, held in self._permissions.items() if digest[:32] == token)
        wanted = set(any_of) | {name.replace(" Read", " Write") for name in any_of}
        if not wanted & held:
            raise ApiError(*denial)

    def _count(self, digest: str) -> None:
        now = self._clock()
        recent = self._requests[digest]
        while recent and now - recent[0] >= WINDOW:
            recent.popleft()
        if len(recent) >= LIMIT:
            wait = max(1, round(WINDOW - (now - recent[0])))
            raise ApiError(
                429,
                971,
                "Please wait and consider throttling your request speed",
                headers={"retry-after": str(wait)},
            )
        recent.append(now)


def _bearer(request: Request) -> str:
    header = request.headers.get("authorization")
    if header is None:
        if "x-auth-key" in request.headers:
            raise ApiError(403, 9103, "Unknown X-Auth-Key or X-Auth-Email")
        raise ApiError(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not TOKEN_FORM.fullmatch(token):
        chain = [Problem(code=6111, message="Invalid format for Authorization header")]
        raise ApiError(400, 6003, "Invalid request headers", chain=chain)
    return token


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
