"""`bin/ops cost`: what the stack costs a month, as the guide's table has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DOMAIN = 1.0
"""What the guide reckons for a domain, in US dollars a month."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One line; `amount` None: it is not known."""

    item: str
    amount: float | None
    currency: str
    source: str


def costs(outputs: Mapping[str, Any]) -> list[Cost]:
    """The VPS by the price that was told at the last `pulumi up`, domain and Cloudflare."""
    told = outputs.get("monthlyCost") or {}
    server = outputs.get("server") or {}
    size = f" ({server['size']}, {server['region']})" if server.get("size") else ""
    dns = (outputs.get("operations") or {}).get("dns")
    lines = [
        Cost(
            item=f"VPS{size}",
            amount=told.get("amount"),
            currency=told.get("currency") or "",
            source=told.get("source") or "not told",
        ),
        Cost(item="domain, if new", amount=DOMAIN, currency="USD", source="the guide's estimate"),
    ]
    if dns == "cloudflare":
        free = "DNS, proxy and these rules are in the free plan"
        lines.append(Cost(item="Cloudflare", amount=0.0, currency="USD", source=free))
    return lines
