"""The figures in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PREFIX = "vps_reverse_proxy_"


@dataclass(frozen=True)
class Sample:
    """One figure with its labels."""

    value: float
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Metric:
    """A metric's name (without the prefix that all have), kind, meaning and samples."""

    name: str
    kind: str
    meaning: str
    samples: tuple[Sample, ...]


def one(name: str, kind: str, meaning: str, value: float | None, **labels: str) -> Metric:
    """A metric with one sample, or with none when nothing is known."""
    return Metric(name, kind, meaning, () if value is None else (Sample(value, labels),))


def render(metrics: Iterable[Metric], stack: str) -> str:
    """All of them, each sample with the stack's label."""
    lines: list[str] = []
    for metric in metrics:
        if not metric.samples:
            continue
        name = PREFIX + metric.name
        lines += [f"# HELP {name} {metric.meaning}", f"# TYPE {name} {metric.kind}"]
        for sample in metric.samples:
            labels = ",".join(
                f'{label}="{_escaped(value)}"'
                for label, value in {"stack": stack, **sample.labels}.items()
            )
            lines.append(f"{name}{{{labels}}} {sample.value:.15g}")
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
