"""How the ranked regions are shown: a table for people, JSON for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from ops.regions.ranking import ALIKE_MS, NEAR_MS, Offer

NOTHING_ANSWERED = (
    "Nothing is recommended: no test host answered. Does this machine reach the internet"
    " (curl -I https://nbg1-speed.hetzner.com)? A firewall may keep it from TCP 443 and 80."
)


def as_json(found: Sequence[Offer], advice: Offer | None) -> dict[str, Any]:
    """What programs get: the rule, every region nearest first, the one to take."""
    return {
        "nearMilliseconds": NEAR_MS,
        "regions": [_fields(one) for one in found],
        "recommended": _fields(advice) if advice else None,
    }


def _fields(one: Offer) -> dict[str, Any]:
    fields = asdict(one)
    milliseconds = fields.pop("milliseconds")
    return {
        **fields,
        "milliseconds": None if milliseconds is None else round(milliseconds, 1),
        "near": one.near,
    }


def show(found: Sequence[Offer], advice: Offer | None, console: Console) -> None:
    """The table, the guide's rule and the recommendation."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("provider", no_wrap=True)
    table.add_column("region", no_wrap=True)
    table.add_column("place", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("latency", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("cheapest size")
    table.add_column("a month", justify="right", no_wrap=True)
    for one in found:
        style = "bold green" if one == advice else ("" if one.near else "dim")
        table.add_row(
            one.provider, one.region, one.place, *_latency(one), *_price(one), style=style
        )
    console.print(table)
    console.print()
    console.print(
        f"The guide's rule: the VPS in your own region, less than {NEAR_MS:.0f} ms away."
        " Without tax; a region's own answer may differ from that of its test host.",
        highlight=False,
    )
    for line in advice_lines(found, advice):
        console.print(line, highlight=False, markup=False)


def _latency(one: Offer) -> tuple[str, str]:
    if one.milliseconds is None:
        return "-", one.trouble
    return f"{one.milliseconds:.1f} ms", "near" if one.near else "far"


def _price(one: Offer) -> tuple[str, str]:
    if one.refused:
        return one.refused, ""
    if one.size is None or one.price is None:
        return one.note, ""
    return one.size, f"{one.price:.2f} {one.currency}"


def price_words(one: Offer) -> str:
    """The cheapest size there and its price, or why there is none."""
    if one.size is None or one.price is None:
        return one.note
    return f"{one.size}, {one.price:.2f} {one.currency} a month"


def advice_lines(found: Sequence[Offer], advice: Offer | None) -> list[str]:
    """What to take, and why."""
    if advice is None:
        reached = any(one.milliseconds is not None for one in found)
        if reached:
            return ["Nothing is recommended: in no region that answered can anything be ordered."]
        return [NOTHING_ANSWERED]
    what = f"{advice.provider} {advice.region}, {advice.milliseconds:.1f} ms"
    lines = [
        f"Recommended: {what}: the nearest."
        if advice.price is None
        else f"Recommended: {what} ({price_words(advice)}): the cheapest within"
        f" {ALIKE_MS:.0f} ms of the nearest."
    ]
    if not advice.near:
        lines.append(
            f"It is farther away than {NEAR_MS:.0f} ms, as are all others: every answer takes"
            " that much longer."
        )
    if advice.price is None:
        lines.append("Its price is not known: set the provider's token to compare prices, too.")
    return lines
