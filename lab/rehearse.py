"""bin/rehearse: the whole deployment on one machine, with a spoken proof at the end."""

import json
import time
from typing import Annotated, Any

import typer
from rich.console import Console

from lab import lifecycle, own, wsl
from lab.errors import EXPECTED
from lab.figures import Figures, begun
from lab.hosts import run_in
from lab.images.releases import DEFAULT
from lab.paths import cache_dir, checkout_dir, lab_dir
from lab.pulumi import pulumi_lines, pulumi_output
from lab.rehearsed import Run, console, summary
from lab.timing import NOT_OURS, Timeline
from lab.transfer import checkout_files
from lab.variant import MODES, PROVIDERS, Variant, configure

FAILED, MISUSED = 1, 2

# The summary tells what the outputs hold.
UP = ("up", "--yes", "--skip-preview", "--suppress-outputs")


class RehearsalError(Exception):
    """The rehearsal failed; the message says where and what to do."""


_EXPECTED: tuple[type[Exception], ...] = (RehearsalError, *EXPECTED)


class Clock:
    """Names what is being done, and keeps how long it took."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._name = ""
        self._since = time.monotonic()

    def start(self, name: str, words: str) -> None:
        """Begin a part; the one before it ends."""
        self.stop()
        self._name = name
        self._since = time.monotonic()
        console.print(f"[bold]==>[/bold] {words}")

    def stop(self) -> None:
        """End the part that is going on."""
        if self._name:
            self._run.seconds[self._name] = time.monotonic() - self._since
            self._name = ""


def report(line: str) -> None:
    """One line of progress from the lab."""
    console.print(f"    {line}", style="dim", markup=False)


def deploy(lab: str, run: Run) -> None:
    """`pulumi up` of stack dev; its lines are shown and timed."""
    timeline = Timeline()
    tail: list[str] = []

    def show(line: str) -> None:
        timeline.read(line)
        tail.append(line)
        if line.strip() and not line.startswith("@"):
            report(line)

    code = pulumi_lines(lab, [*UP, "--stack", "dev"], show)
    if code:
        raise RehearsalError(
            f"pulumi up ended with {code}; its words are above. The lab is still up: look inside "
            "with bin/lab status and bin/lab exec, then run bin/rehearse again"
        )
    run.changed = bool(timeline.spans)
    run.from_nothing = "vps-login-key" in timeline.spans
    run.seconds["waiting"] = timeline.seconds(NOT_OURS)


def destroy(lab: str) -> None:
    """`pulumi destroy` of stack dev, as its file on the WSL host is."""
    code = pulumi_lines(lab, ["destroy", "--yes", "--skip-preview", "--stack", "dev"], report)
    if code:
        raise RehearsalError(f"pulumi destroy ended with {code}; its words are above")


def fail(error: Exception, status: int) -> typer.Exit:
    """Say on standard error what went wrong, as it is; returns what ends the command."""
    words = Console(stderr=True, highlight=False, soft_wrap=True)
    words.print("Failed:", style="bold red", end=" ")
    words.print(str(error), markup=False)
    return typer.Exit(status)


def prove(lab: str, variant: Variant) -> dict[str, Any]:
    """The spoken round trip, from the client, over the public names."""
    done = run_in(
        lab,
        "client",
        [
            "env",
            "PYTHONPATH=/opt/lab/src",
            "/opt/lab/lab-venv/bin/python",
            "-m",
            "lab.speech.proof",
            "--json",
            "--tts",
            variant.stream("tts"),
            "--asr",
            variant.stream("asr"),
        ],
        check=False,
    )
    words = done.stdout.decode(errors="replace")
    if done.returncode:
        raise RehearsalError(
            f"the spoken proof failed:\n{words}{done.stderr.decode(errors='replace')}\n"
            "Look for the broken hop: bin/lab exec wsl -- systemctl status vps-tunnel; "
            f"bin/lab exec client -- curl -i {variant.health('asr')}"
        )
    proof: dict[str, Any] = json.loads(words)
    return proof


def rehearse(
    lab: str, variant: Variant, *, distribution: str | None = None, fresh: bool = False
) -> Run:
    """Everything, in order. Quick where it was done before.

    Another provider or mode than the one that stands is a `pulumi up`; `fresh` destroys first.
    """
    checkout_files(checkout_dir())  # what cannot be copied is told before minutes are spent
    run = Run()
    clock = Clock(run)
    clock.start("lab", "The lab: a small internet on this machine")
    lifecycle.up(lab, report, image=distribution)
    if fresh:
        clock.start("destroy", "pulumi destroy, stack dev: a fresh beginning")
        wsl.sync_program(lab)
        destroy(lab)
    clock.start("program", "The program, copied to the WSL host")
    wsl.sync_program(lab, reset=True)
    configure(lab, variant)
    clock.start("pulumi up", f"pulumi up, stack dev: {variant.provider}, {variant.mode}")
    deploy(lab, run)
    clock.stop()
    if run.changed:
        clock.start("pulumi up, nothing to do", "pulumi up once more: nothing may change")
        code = pulumi_lines(lab, [*UP, "--expect-no-changes", "--stack", "dev"], report)
        if code:
            raise RehearsalError("a second pulumi up was not quiet; its words are above")
    clock.start("proof", "The proof: text to TTS, its audio to ASR, over the public names")
    run.proof = prove(lab, variant)
    clock.stop()
    run.outputs = json.loads(pulumi_output(lab, ["stack", "output", "--json", "--stack", "dev"]))
    state = json.loads(pulumi_output(lab, ["stack", "export", "--stack", "dev"]))
    run.resources = len(state["deployment"]["resources"])
    return run


def main(
    lab: Annotated[
        str, typer.Option("--lab", envvar="VPS_LAB", help="Which lab; each has its own names.")
    ] = "rehearsal",
    provider: Annotated[
        str, typer.Option("--provider", help=f"Whose VPS: {', '.join(PROVIDERS)}.")
    ] = "hcloud",
    mode: Annotated[
        str, typer.Option("--mode", help=f"Who answers visitors: {', '.join(MODES)}.")
    ] = "flexible",
    distribution: Annotated[
        str | None,
        typer.Option(
            "--distribution", help=f"What your own machines run: {', '.join(own.CHOICES)}."
        ),
    ] = None,
    fresh: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--fresh", help="Destroy what stands first.")
    ] = False,
) -> None:
    """Rehearse the whole deployment on this machine, free of charge.

    Another provider or mode than that of the rehearsal that is up changes it with `pulumi up`.
    """
    try:
        lab_dir(lab)
        own.check(distribution)
        variant = Variant(provider=provider, mode=mode)
    except ValueError as error:
        raise fail(error, MISUSED) from None
    since = begun() or time.time()
    first = not (cache_dir() / "roots").is_dir()
    figures = Figures.load()
    try:
        run = rehearse(lab, variant, distribution=distribution, fresh=fresh)
    except _EXPECTED as error:
        raise fail(error, FAILED) from error
    if variant == Variant() and own.chosen(lab) == DEFAULT:  # figures are of one and the same thing
        figures.record(
            run.seconds,
            total=time.time() - since,
            first=first,
            changed=run.changed,
            from_nothing=run.from_nothing,
        )
    summary(run, figures, lab, variant)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False)
    app.command()(main)
    app(prog_name="bin/rehearse")
