"""What the picture is made of: places and sizes in the units of its SVG, states, and words.

A state is the verdict of what is drawn: "ok", "broken" or "unknown".
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One hop in a box: its name, its state, and its latency or what is wrong."""

    label: str
    state: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Box:
    """A machine or a service; `x` and `y` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    title: str
    subtitle: str
    state: str
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wire:
    """A line between two boxes; `lanes` are the states of the connections that run in it."""

    x1: float
    y1: float
    x2: float
    y2: float
    state: str
    label: str
    lanes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """The whole picture, with everything that is drawn in it."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
