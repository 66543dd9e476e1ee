"""The figures a rehearsal keeps."""

from pathlib import Path

import pytest

from lab import figures

PARTS = {"pulumi up": 40.0, "pulumi up, nothing to do": 6.0, "waiting": 25.0}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_the_first_run_is_kept_when_later_ones_are_quick() -> None:
    first = figures.Figures.load()
    first.record(PARTS, total=300, first=True, changed=True, from_nothing=True)

    second = figures.Figures.load()
    second.record(
        {"pulumi up": 5.0, "waiting": 0.0}, total=20, first=False, changed=False, from_nothing=False
    )

    assert figures.Figures.load().seconds == {
        figures.FIRST_RUN: 300,
        figures.WARM_RUN: 20,
        figures.FROM_NOTHING: 40.0,
        figures.OWN_SHARE: 15.0,
        figures.NO_OP: 5.0,
    }


def test_a_figure_of_an_earlier_run_is_marked_as_such() -> None:
    figures.Figures.load().record(PARTS, total=300, first=True, changed=True, from_nothing=True)
    later = figures.Figures.load()
    later.record(
        {"pulumi up": 5.0, "waiting": 0.0}, total=20, first=False, changed=False, from_nothing=False
    )

    marked = [line for line in later.lines() if line.endswith("(earlier)")]

    assert [line.split("  ")[0] for line in marked] == [
        "first run, everything built",
        "pulumi up from nothing",
        "",
    ]


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "vps-reverse-proxy").mkdir()
    (tmp_path / "vps-reverse-proxy/figures.json").write_text("{", encoding="utf-8")

    assert figures.Figures.load().seconds == {}


def test_the_clock_starts_when_the_user_pressed_enter() -> None:
    assert figures.begun({"REHEARSAL_BEGUN": "1700000000.25"}) == 1700000000.25
    assert figures.begun({}) is None


@pytest.mark.parametrize("noted", ["1795708990,385382", "1795708990\u066b385382"])
def test_the_clock_is_read_in_any_language_of_the_user(noted: str) -> None:
    assert figures.begun({"REHEARSAL_BEGUN": noted}) == 1795708990.385382


@pytest.mark.parametrize("noted", ["", "yesterday"])
def test_a_clock_that_says_nothing_is_left_out(noted: str) -> None:
    assert figures.begun({"REHEARSAL_BEGUN": noted}) is None
