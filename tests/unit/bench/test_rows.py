"""The checked-in list."""

from bench.quick import LIMITS, WORKS
from bench.rows import FAULTS, ROWS, rows_of, works


def test_no_name_is_given_twice() -> None:
    names = [row.name for row in ROWS]

    assert sorted(set(names)) == sorted(names)


def test_no_figure_is_shown_twice() -> None:
    shown = [(row.work, row.key) for row in ROWS]

    assert len(set(shown)) == len(shown)


def test_a_goal_asks_as_much_as_its_bar_at_least() -> None:
    for row in ROWS:
        if row.bar is not None and row.goal is not None:
            stricter = row.goal >= row.bar if row.better == "more" else row.goal <= row.bar
            assert stricter, row.name


def test_each_fault_has_a_median_and_a_worst_row() -> None:
    for fault in FAULTS:
        found = {row.key: (row.bar, row.goal) for row in rows_of(f"recovery-{fault.name}")}

        assert found == {"median": (1.5, 1.0), "worst": (3.0, 1.5)}


def test_faults_are_repeated_as_often_as_their_length_asks() -> None:
    for fault in FAULTS:
        usual = 20 if fault.seconds < 5 else 5 if fault.seconds <= 120 else 2
        fewer = not fault.callers or fault.image != "debian-12" or "reboot" in fault.name

        assert fault.n == (5 if fewer else usual), fault.name


def test_the_quick_form_does_works_of_the_list_and_limits_each_of_them() -> None:
    assert set(WORKS) <= set(works())
    for work in WORKS:
        assert any(row.name in LIMITS for row in rows_of(work)), work
    assert LIMITS.keys() <= {row.name for row in ROWS}
