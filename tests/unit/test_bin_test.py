"""What bin/test asks pytest for."""

import shutil
import subprocess
from pathlib import Path

import pytest

BIN_TEST = Path(__file__).parents[2] / "bin/test"
SIDE_BY_SIDE = ["--numprocesses", "2", "--dist", "loadfile", "--no-loadscope-reorder"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with two test files, whose bin/_bootstrap only says what it is asked for."""
    folder = tmp_path / "a checkout"
    for file in ("tests/unit/test_one.py", "tests/e2e/test_two.py"):
        (folder / file).parent.mkdir(parents=True)
        (folder / file).touch()
    (folder / "bin").mkdir()
    shutil.copy(BIN_TEST, folder / "bin/test")
    bootstrap = folder / "bin/_bootstrap"
    bootstrap.write_text("#!/bin/sh\nprintf '%s|' \"$@\"\necho\nexit ${CODE:-0}\n")
    bootstrap.chmod(0o755)
    return folder


def asked(checkout: Path, *words: str, cwd: Path | None = None) -> list[list[str]]:
    """The arguments of each run of pytest."""
    done = subprocess.run(
        [checkout / "bin/test", *words],
        cwd=cwd or checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    runs = [line.removesuffix("|").split("|") for line in done.stdout.splitlines()]
    assert all(run[0] == "pytest" for run in runs)
    return [run[1:] for run in runs]


def test_all_tests_run_side_by_side_and_then_alone_what_measures(checkout: Path) -> None:
    assert asked(checkout) == [
        [*SIDE_BY_SIDE, "-m", "not alone and not full", "tests"],
        ["-m", "alone and not full", "tests/e2e"],
    ]


def test_full_leaves_nothing_out(checkout: Path) -> None:
    assert [run[run.index("-m") + 1] for run in asked(checkout, "--full")] == ["not alone", "alone"]


def test_unit_needs_no_lab(checkout: Path) -> None:
    assert asked(checkout, "--unit", "-x") == [
        [*SIDE_BY_SIDE, "-m", "not alone and not full", "tests/unit", "-x"]
    ]


def test_a_distribution_is_for_the_labs_and_no_argument_of_pytest(checkout: Path) -> None:
    (checkout / "bin/_bootstrap").write_text("#!/bin/sh\necho $VPS_TEST_DISTRIBUTION $*\n")
    done = subprocess.run(
        [checkout / "bin/test", "--distribution", "ubuntu-26.04", "tests/e2e/test_two.py"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "ubuntu-26.04 pytest -m not full tests/e2e/test_two.py\n"


@pytest.mark.parametrize("word", ["tests/unit/test_one.py", "./tests/unit/test_one.py"])
@pytest.mark.parametrize("others", [[], ["--unit"]])
def test_a_named_file_runs_by_itself(checkout: Path, word: str, others: list[str]) -> None:
    once = [["-m", "not full", "tests/unit/test_one.py"]]

    assert asked(checkout, word, *others) == once
    assert asked(checkout, *others, word) == once


def test_a_test_is_named_from_any_folder(checkout: Path) -> None:
    name = f"{checkout}/tests/e2e/test_two.py::test_it[a b]"

    assert asked(checkout, "--full", name, "-k", "x", cwd=checkout.parent) == [
        ["-m", "", "tests/e2e/test_two.py::test_it[a b]", "-k", "x"]
    ]
    assert asked(checkout, "test_two.py", cwd=checkout / "tests/e2e") == [
        ["-m", "not full", "tests/e2e/test_two.py"]
    ]


def test_a_choice_of_marks_is_one_more(checkout: Path) -> None:
    expressions = [run[run.index("-m") + 1] for run in asked(checkout, "-m", "a or b")]

    assert expressions == ["not alone and not full and (a or b)", "alone and not full and (a or b)"]


@pytest.mark.parametrize(("code", "status"), [("5", 5), ("1", 1), ("2", 2)])
def test_the_exit_status_is_that_of_the_worse_run(checkout: Path, code: str, status: int) -> None:
    done = subprocess.run(
        [checkout / "bin/test"],
        env={"PATH": "/usr/bin:/bin", "CODE": code},
        capture_output=True,
        check=False,
    )

    assert done.returncode == status


def test_ctrl_c_reaches_the_tests_also_where_a_script_starts_them_in_the_background(
    checkout: Path,
) -> None:
    (checkout / "bin/_bootstrap").write_text("#!/bin/sh\ngrep SigIgn /proc/self/status\n")

    done = subprocess.run(
        ["bash", "-c", "trap '' INT QUIT; bin/test --unit"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )

    interrupt_and_quit = 0b110  # signals 2 and 3
    assert int(done.stdout.split()[1], 16) & interrupt_and_quit == 0
