"""The table and build/bench.json."""

import json
from pathlib import Path

from bench.report import as_markdown, as_text, cells, lines, write_json
from bench.samples import Samples


def samples(folder: Path) -> Samples:
    kept = Samples(folder)
    for seconds in (0.5, 0.9, 4.0):
        kept.add("recovery-dead-3", {"seconds": seconds})
    kept.add("one-killed", {"error": "LoadError: it broke\nin two lines"})
    return kept


def test_a_row_says_figure_bar_goal_and_whether_they_are_met(tmp_path: Path) -> None:
    median, worst = lines(["recovery-dead-3"], samples(tmp_path))

    assert cells(median) == (
        "line dead 3 s: median", "0.90 s", "0.50 / 0.90 / 4.00", "3", "", "", "1.50", "1.00",
        "yes, goal",
    )  # fmt: skip
    assert cells(worst)[1] == "4.00 s"
    assert cells(worst)[-1] == "NO"


def test_a_row_that_failed_says_why_and_does_not_hide_the_others(tmp_path: Path) -> None:
    found = lines(["one-killed", "recovery-dead-3", "idle"], samples(tmp_path))
    text = as_text(found)

    assert "1 of 1 failed: LoadError: it broke" in text
    assert "line dead 3 s: worst" in text
    assert "not measured" in text
    assert "in two lines" not in text


def test_markdown_has_one_line_for_each_row_and_its_head(tmp_path: Path) -> None:
    head, rule, *rows = as_markdown(lines(["recovery-dead-3"], samples(tmp_path))).splitlines()

    assert head.count("|") == rule.count("|") == rows[0].count("|")
    assert len(rows) == 2


def test_the_file_lists_what_the_table_shows(tmp_path: Path) -> None:
    file = tmp_path / "build" / "bench.json"

    write_json(lines(["recovery-dead-3", "one-killed"], samples(tmp_path)), file)

    listed = json.loads(file.read_text())
    assert [set(row) for row in listed] == [{"name", "figure", "unit", "bar", "goal", "met"}] * 3
    assert listed[0] == {
        "name": "line dead 3 s: median", "figure": 0.9, "unit": "s", "bar": 1.5, "goal": 1.0,
        "met": True,
    }  # fmt: skip
    assert (listed[2]["figure"], listed[2]["met"]) == (None, False)


def test_with_several_recoveries_the_last_row_says_whether_later_ones_are_slower(
    tmp_path: Path,
) -> None:
    kept = Samples(tmp_path)
    for number, (dead, killed) in enumerate([(0.5, 0.4), (0.6, 2.4)]):
        kept.add("recovery-dead-3", {"try": number, "seconds": dead})
        kept.add("recovery-client-killed", {"try": number, "seconds": killed})
    later = lines(["recovery-dead-3", "recovery-client-killed"], kept)[-1]

    assert cells(later)[:4] == (
        "all recoveries: later tries slower than the first by, worst",
        "2.00 s", "0.10 / 1.05 / 2.00", "2",
    )  # fmt: skip
    assert later.met is False
    assert [line.row.key for line in lines(["recovery-dead-3"], kept)] == ["median", "worst"]


def test_a_recovery_after_which_calls_fail_again_is_told(tmp_path: Path) -> None:
    kept = Samples(tmp_path)
    kept.add("recovery-dead-3", {"try": 0, "seconds": 0.5, "failed_later": 2})
    *_, lapsed = lines(["recovery-dead-3"], kept)

    assert cells(lapsed)[:2] == ("all recoveries: calls failed after the first good one", "2")
    assert lapsed.met is False
