"""Times and durations as a person reads them."""

import time

_STEPS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def span(seconds: float) -> str:
    """A duration in its largest unit that fits: "3 d", "12 min"."""
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return "0 s"


def since(moment: float | None, now: float) -> str:
    """How long something has been so; empty when nobody noted it."""
    return "" if moment is None else f"for {span(max(0.0, now - moment))}"


def ms(value: float | None) -> str:
    """Milliseconds; empty for none."""
    if value is None:
        return ""
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"  # noqa: PLR2004 - whole ones from ten on


def clock(moment: float) -> str:
    """A moment in this machine's time zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
