"""What goes wrong in the lab ends its commands with words and a status, not with a traceback."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import audit.cli
import bench.cli
import lab.cli
from lab import lifecycle, rehearse
from lab.errors import EXPECTED

WORDS = "nginx: [emerg] bind() failed, see [/usr/sbin/nginx] and [bold]"


def command(main: Callable[..., None]) -> typer.Typer:
    app = typer.Typer()
    app.command()(main)
    return app


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture(params=EXPECTED, ids=lambda kind: kind.__name__)
def failing(request: pytest.FixtureRequest) -> Callable[..., None]:
    """A function that fails in one of the expected ways."""

    def fail(*_: object, **__: object) -> None:
        raise request.param(WORDS)

    return fail


def test_a_rehearsal_that_fails_says_so_on_standard_error_word_for_word(
    failing: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearse, "rehearse", failing)

    done = CliRunner().invoke(command(rehearse.main), [])

    assert (done.exit_code, done.stderr) == (1, f"Failed: {WORDS}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--lab", "My-Lab"], "lab name 'My-Lab'"), (["--mode", "[red]"], "there is no mode '[red]'")],
)
def test_a_rehearsal_that_is_asked_for_wrongly_ends_with_status_2(
    arguments: list[str], words: str
) -> None:
    done = CliRunner().invoke(command(rehearse.main), arguments)

    assert done.exit_code == 2
    assert words in done.stderr


def test_what_is_no_checkout_is_told_before_a_lab_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list[str]()
    monkeypatch.setattr(rehearse, "checkout_dir", lambda: tmp_path)
    monkeypatch.setattr(lifecycle, "up", lambda name, *_, **__: made.append(name))

    done = CliRunner().invoke(command(rehearse.main), [])

    assert (done.exit_code, made) == (1, [])
    assert f"becomes one by: git init {tmp_path}" in done.stderr


def test_bin_lab_says_it_on_standard_error_with_status_1(
    failing: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(lifecycle, "up", failing)
    monkeypatch.setattr(sys, "argv", ["bin/lab", "up"])

    with pytest.raises(SystemExit) as ended:
        lab.cli.main()

    assert ended.value.code == 1
    assert capsys.readouterr().err == f"bin/lab: {WORDS}\n"


def test_bin_bench_says_it_on_standard_error_with_status_1(
    failing: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bench.cli, "lines", failing)
    monkeypatch.setattr(sys, "argv", ["bin/bench", "--report", "--only", "idle"])

    with pytest.raises(SystemExit) as ended:
        bench.cli.main()

    assert ended.value.code == 1
    assert capsys.readouterr().err == f"bin/bench: {WORDS}\n"


def test_bin_audit_says_it_on_standard_error_with_status_2(
    failing: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def figures(_lab: str) -> Iterator[None]:
        failing()
        yield

    monkeypatch.setattr(audit.cli, "every_figure", figures)

    done = CliRunner().invoke(command(audit.cli.main), [])

    assert (done.exit_code, done.stderr) == (2, f"Failed: {WORDS}\n")
