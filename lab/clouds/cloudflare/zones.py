"""`/zones`, `/accounts`, `/user` and `/ips`: what the account has, and who asks."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.routing import Route

from lab.clouds.cloudflare.envelope import ApiError, Json, page, success
from lab.clouds.cloudflare.state import CREATED, Store, Zone, stable_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response

    from lab.clouds.cloudflare.auth import Tokens

ACCOUNT = {"id": stable_id("account"), "name": "Lab account"}
NAME_SERVERS = ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")


class Zones:
    """The endpoints for zones, accounts, tokens and address ranges.

    `ranges` are the networks the edge connects from, IPv4 and IPv6 mixed.
    """

    def __init__(self, store: Store, tokens: Tokens, ranges: Sequence[str]) -> None:
        self._store = store
        self._tokens = tokens
        self._ranges = ranges

    def routes(self) -> list[Route]:
        """The paths below the API's base path."""
        return [
            Route("/zones", self.list, methods=["GET"]),
            Route("/zones/{zone_id}", self.get, methods=["GET"]),
            Route("/accounts", self.accounts, methods=["GET"]),
            Route("/accounts/{account_id}", self.account, methods=["GET"]),
            Route("/user/tokens/verify", self.verify, methods=["GET"]),
            Route("/accounts/{account_id}/tokens/verify", self.verify, methods=["GET"]),
            Route("/ips", self.ips, methods=["GET"]),
        ]

    async def list(self, request: Request) -> Response:
        """Zones that match name, status, account.id and account.name."""
        self._tokens.require(request, "Zone Read")
        query = request.query_params
        found = [zone for zone in map(_shown, self._store.zones) if _matches(zone, query)]
        found.sort(key=lambda zone: zone["name"], reverse=query.get("direction") == "desc")
        return page(request, found, default=20, most=50)

    async def get(self, request: Request) -> Response:
        """One zone; 404 when the account has none with this id."""
        self._tokens.require(request, "Zone Read")
        return success(_shown(self._store.zone(request.path_params["zone_id"])))

    async def accounts(self, request: Request) -> Response:
        """The one account."""
        self._tokens.identify(request)
        return page(request, [_account()], default=20, most=50)

    async def account(self, request: Request) -> Response:
        """The account by its id."""
        self._tokens.identify(request)
        if request.path_params["account_id"] != ACCOUNT["id"]:
            raise ApiError(403, 9109, "Unauthorized to access requested resource")
        return success(_account())

    async def verify(self, request: Request) -> Response:
        """Whether the token is good."""
        return success({"id": self._tokens.identify(request), "status": "active"})

    async def ips(self, _request: Request) -> Response:
        """The edge's address ranges; asks for no token."""
        return success(
            {
                "ipv4_cidrs": [network for network in self._ranges if ":" not in network],
                "ipv6_cidrs": [network for network in self._ranges if ":" in network],
                "etag": sha256(" ".join(self._ranges).encode()).hexdigest()[:32],
            }
        )


def _matches(zone: Json, query: QueryParams) -> bool:
    tests = [zone[field] == query[field] for field in ("status", "type") if field in query]
    tests += [
        zone["account"][field] == query[f"account.{field}"]
        for field in ("id", "name")
        if f"account.{field}" in query
    ]
    if "name" in query:
        tests.append(_name_matches(zone["name"], query["name"]))
    return (any if query.get("match") == "any" else all)(tests or [True])


def _name_matches(name: str, wanted: str) -> bool:
    operator, colon, text = wanted.rpartition(":")
    tests = {
        "equal": name == text,
        "not_equal": name != text,
        "starts_with": name.startswith(text),
        "ends_with": name.endswith(text),
        "contains": text in name,
        "starts_with_case_sensitive": name.startswith(text),
        "ends_with_case_sensitive": name.endswith(text),
        "contains_case_sensitive": text in name,
    }
    return tests.get(operator, False) if colon else name == wanted.lower()


def _account() -> Json:
    return {
        **ACCOUNT,
        "type": "standard",
        "created_on": CREATED,
        "settings": {"enforce_twofactor": False, "abuse_contact_email": None},
    }


def _shown(zone: Zone) -> Json:
    return {
        "id": zone.id,
        "name": zone.name,
        "status": "active",
        "paused": False,
        "type": "full",
        "development_mode": 0,
        "name_servers": list(NAME_SERVERS),
        "original_name_servers": ["ns1.registrar.example", "ns2.registrar.example"],
        "original_registrar": None,
        "original_dnshost": None,
        "created_on": CREATED,
        "modified_on": CREATED,
        "activated_on": CREATED,
        "vanity_name_servers": [],
        "cname_suffix": None,
        "verification_key": None,
        "meta": {
            "step": 2,
            "custom_certificate_quota": 0,
            "page_rule_quota": 3,
            "phishing_detected": False,
            "cdn_only": False,
            "dns_only": False,
            "foundation_dns": False,
        },
        "owner": {"id": None, "type": "user", "name": None},
        "account": ACCOUNT,
        "tenant": {"id": None, "name": None},
        "tenant_unit": {"id": None},
        "permissions": ["#dns_records:edit", "#dns_records:read", "#zone:edit", "#zone:read"],
        "plan": {
            "id": "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
            "name": "Free Website",
            "price": 0,
            "currency": "USD",
            "frequency": "",
            "is_subscribed": False,
            "can_subscribe": False,
            "legacy_id": "free",
            "legacy_discount": False,
            "externally_managed": False,
        },
    }
