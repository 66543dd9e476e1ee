"""Where each box and line of the picture is, and in which state; numbers for an SVG, no SVG."""

from collections.abc import Iterable, Sequence

from ops.day2.words import ms
from ops.health.facts import Facts, Seen
from ops.health.model import Hop, HopName, Path, Verdict
from ops.health.requests import state_file
from ops.page.shapes import Box, Diagram, Row, Wire

WIDTH = 1200
VISITOR_WIDTH, VISITOR_HEIGHT = 92, 92
BOX_WIDTH, ROW_HEIGHT, HEAD_HEIGHT = 176, 22, 58
PLACES = {"visitor": 0.0, "edge": 156.0, "vps": 396.0, "wsl": 764.0, "services": 1024.0}
"""Where each column begins; the widest gap is the tunnel's."""
BOX_HOPS: dict[str, tuple[HopName, ...]] = {
    "edge": ("dns", "edge", "tls"),
    "vps": ("vps", "nginx"),
    "wsl": ("wsl", "balancer"),
}
"""Which hops are rows of which box; a service has a box of its own, the tunnel a wire."""
SERVICE_HEIGHT, SERVICE_GAP = 80, 18
TOP = 18
STATE_NAMES: tuple[Verdict, ...] = ("broken", "unknown", "ok")


def draw(facts: Facts, paths: Sequence[Path]) -> Diagram:
    """Visitor, edge, VPS, WSL host, and the services below each other."""
    tall = max(HEAD_HEIGHT + 3 * ROW_HEIGHT, len(paths) * (SERVICE_HEIGHT + SERVICE_GAP))
    middle = TOP + tall / 2
    operations = facts.operations
    front = "Cloudflare" if operations.answers.proxied else "the name"
    visitor = Box(
        x=PLACES["visitor"],
        y=middle - VISITOR_HEIGHT / 2,
        width=VISITOR_WIDTH,
        height=VISITOR_HEIGHT,
        title="visitor",
        subtitle="",
        state=_visitor(paths),
    )
    boxes = [
        visitor,
        _machine(paths, "edge", middle, (front, operations.zone)),
        _machine(paths, "vps", middle, ("VPS", operations.address)),
        _machine(paths, "wsl", middle, ("WSL host", "behind NAT")),
    ]
    services = list(_services(paths, x=PLACES["services"], middle=middle))
    wires = [
        _wire(boxes[0], boxes[1], boxes[1].state, _latency(merged(paths, "edge"))),
        _wire(boxes[1], boxes[2], boxes[2].state, ""),
        _tunnel(facts, boxes[2], boxes[3], merged(paths, "tunnel")),
        *(
            _wire(boxes[3], box, box.state, "", from_height=box.y + box.height / 2)
            for box in services
        ),
    ]
    return Diagram(
        width=WIDTH, height=TOP * 2 + tall, boxes=(*boxes, *services), wires=tuple(wires)
    )


def _machine(paths: Sequence[Path], place: str, middle: float, titles: tuple[str, str]) -> Box:
    hops = [(name, merged(paths, name)) for name in BOX_HOPS[place]]
    rows = tuple(_row(name, hop) for name, hop in hops if hop is not None)
    height = HEAD_HEIGHT + len(rows) * ROW_HEIGHT
    return Box(
        x=PLACES[place],
        y=middle - height / 2,
        width=BOX_WIDTH,
        height=height,
        title=titles[0],
        subtitle=titles[1],
        state=worst(row.state for row in rows),
        rows=rows,
    )


def merged(paths: Sequence[Path], name: HopName) -> Hop | None:
    """The worst of all services' hops of this name; None where the stack has none."""
    hops = [hop for path in paths for hop in path.hops if hop.name == name]
    return min(hops, key=lambda hop: STATE_NAMES.index(hop.verdict)) if hops else None


def worst(states: Iterable[str]) -> str:
    """The worst of these states."""
    found = set(states)
    return next((state for state in STATE_NAMES if state in found), "unknown")


def lanes(facts: Facts) -> tuple[str, ...]:
    """The tunnel's connections, as it writes them down itself."""
    if not isinstance(facts.wsl, Seen):
        return ()
    state = facts.wsl.facts.states.get(state_file(facts.operations))
    if not isinstance(state, dict):
        return ()
    named = {"up": "ok", "doubt": "unknown"}
    return tuple(named.get(one.get("state"), "broken") for one in state.get("connections") or [])


def _visitor(paths: Sequence[Path]) -> str:
    served = {path.serves for path in paths}
    return "broken" if False in served else "ok" if served == {True} else "unknown"


def _row(name: HopName, hop: Hop) -> Row:
    labels = {"vps": "machine", "wsl": "machine", "edge": "proxy", "balancer": "balancer"}
    value = ms(hop.latency_ms) if hop.verdict == "ok" else hop.cause or hop.verdict
    return Row(label=labels.get(name, name), state=hop.verdict, value=value or "ok")


def _services(paths: Sequence[Path], *, x: float, middle: float) -> list[Box]:
    tall = len(paths) * SERVICE_HEIGHT + (len(paths) - 1) * SERVICE_GAP
    boxes = []
    for place, path in enumerate(paths):
        hop = next(hop for hop in path.hops if hop.name == "service")
        boxes.append(
            Box(
                x=x,
                y=middle - tall / 2 + place * (SERVICE_HEIGHT + SERVICE_GAP),
                width=BOX_WIDTH,
                height=SERVICE_HEIGHT,
                title=path.service,
                subtitle=path.hostname,
                state=hop.verdict,
                rows=(_row("service", hop),),
            )
        )
    return boxes


def _latency(hop: Hop | None) -> str:
    return ms(hop.latency_ms) if hop is not None else ""


def _wire(
    left: Box, right: Box, state: str, label: str, *, from_height: float | None = None
) -> Wire:
    y = left.y + left.height / 2
    bounded = (
        y if from_height is None else min(max(from_height, left.y + 20), left.y + left.height - 20)
    )
    return Wire(
        x1=left.x + left.width,
        y1=bounded,
        x2=right.x,
        y2=right.y + right.height / 2,
        state=state,
        label=label,
    )


def _tunnel(facts: Facts, left: Box, right: Box, hop: Hop | None) -> Wire:
    state = hop.verdict if hop else "unknown"
    y = left.y + left.height / 2
    return Wire(
        x1=left.x + left.width,
        y1=y,
        x2=right.x,
        y2=y,
        state=state,
        label=f"tunnel {_latency(hop)}" if state == "ok" else f"tunnel: {hop.cause if hop else ''}",
        lanes=lanes(facts) or (state,),
    )
