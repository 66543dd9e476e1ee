"""What bin/bench leaves, where, and its exit status."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import bench.cli
from bench.rows import LAPSES, rows_of
from bench.samples import Samples
from bench.schedule import Run

WORK = "recovery-client-killed"
GOOD = {"try": 0, "seconds": 0.5, "failed_later": 0, "answers": []}


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what is measured, in a checkout of its own; nothing is taken down."""
    monkeypatch.setattr(bench.cli, "results_dir", lambda: tmp_path / "build")
    monkeypatch.setattr(Run, "down", lambda _: None)
    return tmp_path / "build"


def run(*arguments: str) -> int:
    app = typer.Typer()
    app.command()(bench.cli.bench)
    return CliRunner().invoke(app, arguments).exit_code


def finding(sample: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every work of a run finds this sample."""

    def do(self: Run, works: Sequence[str], *, beds_at_once: int) -> None:
        assert beds_at_once
        for work in works:
            self._samples.add(work, dict(sample))

    monkeypatch.setattr(Run, "do", do)


def test_a_run_whose_rows_have_figures_ends_well(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding(GOOD, monkeypatch)

    assert run("--only", WORK) == 0

    listed = json.loads((build / "bench.json").read_text())
    assert [row["name"] for row in listed] == [row.name for row in (*rows_of(WORK), LAPSES)]
    assert (build / "bench" / f"{WORK}.jsonl").exists()


def test_a_row_without_a_figure_fails_the_run(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finding({"try": 0, "error": "no bed came up"}, monkeypatch)

    assert run("--only", WORK) == 1
    assert all(row["figure"] is None for row in json.loads((build / "bench.json").read_text()))


def test_a_quick_look_leaves_what_a_full_run_has_measured(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding(GOOD, monkeypatch)
    kept = Samples(build / "bench")
    kept.add(WORK, {"try": 7, "seconds": 0.25})
    (build / "bench.json").write_text("[]")

    assert run("--quick", "--only", WORK) == 0

    assert [one["try"] for one in kept.of(WORK)] == [7]
    assert (build / "bench.json").read_text() == "[]"
    assert [one["try"] for one in Samples(build / "bench-quick").of(WORK)] == [0]
    assert json.loads((build / "bench-quick.json").read_text())


@pytest.mark.parametrize("wrong", [["--lab", "My-Lab"], ["--only", "nothing"]])
def test_a_wrong_name_is_refused_before_samples_are_dropped(build: Path, wrong: list[str]) -> None:
    kept = Samples(build / "bench")
    kept.add(WORK, GOOD)

    assert run("--only", WORK, *wrong) == 2
    assert kept.of(WORK) == [GOOD]
