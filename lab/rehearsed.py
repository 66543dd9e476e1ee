"""What a rehearsal found, and how it is told at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from lab.figures import Figures
    from lab.variant import Variant

console = Console(highlight=False, soft_wrap=True)


@dataclass
class Run:
    """What a rehearsal found and how long its parts took (seconds)."""

    seconds: dict[str, float] = field(default_factory=dict)
    changed: bool = False
    from_nothing: bool = False
    proof: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    resources: int = 0


def summary(run: Run, figures: Figures, lab: str, variant: Variant) -> None:
    """What was built, what was proven, how long it took, what to do next."""
    console.print()
    console.print(f"[bold green]Rehearsed.[/bold green] {run.resources} resources stand:")
    for name, urls in run.outputs["urls"].items():
        console.print(f"  {name:8} {urls['stream']}   {urls['health']}")
    console.print(f"  VPS      {run.outputs['vpsAddress']}   {run.outputs.get('vpsAddress6', '')}")
    console.print()
    console.print("[bold]Spoken and understood[/bold]")
    for line in proof_lines(run.proof):
        console.print(f"  {line}", markup=False)
    console.print()
    table = Table("part", "seconds", box=None, pad_edge=False)
    for part, seconds in run.seconds.items():
        if part == "waiting":
            continue
        table.add_row(f"  {part}", f"{seconds:.1f}")
        if part == "pulumi up":
            waited = run.seconds["waiting"]
            table.add_row("    of which machines and packages", f"{waited:.1f}")
    console.print(table)
    console.print()
    for line in figures.lines():
        console.print(f"  {line}", markup=False)
    flag = "" if lab == "rehearsal" else f" --lab {lab}"
    console.print()
    console.print("[bold]Next[/bold]: the lab stays up.", highlight=False)
    for step in (
        f"bin/lab{flag} status",
        f"bin/lab{flag} exec client -- curl -s {variant.health('asr')}",
        f"bin/lab{flag} pulumi destroy",
        f"bin/lab{flag} down",
    ):
        console.print(f"  {step}", markup=False)


def proof_lines(proof: dict[str, Any]) -> list[str]:
    """The proof as a person reads it."""
    from lab.speech.summary import render_summary  # noqa: PLC0415  # asyncio only for those who ask

    return render_summary(proof)
