"""Which tries of a work begin, and which do not."""

import time
from pathlib import Path

import pytest

from bench import works
from bench.bed import Bed
from bench.samples import Sample, Samples
from bench.works import Effort, run_tries

WORK = "recovery-client-killed"
BED = Bed(lab="none", vps="none", address="203.0.113.1")


@pytest.fixture
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Samples:
    """Every try that begins is a good one."""

    def good(_bed: Bed, _work: str) -> Sample:
        return {"seconds": 0.5}

    monkeypatch.setattr(works, "try_once", good)
    return Samples(tmp_path)


def test_after_the_deadline_no_try_begins(samples: Samples) -> None:
    run_tries(BED, WORK, range(2), samples, Effort(deadline=time.monotonic() - 1))

    assert samples.of(WORK) == [{"try": 0, "error": "out of time"}]


def test_a_look_has_a_first_try_even_after_the_deadline_and_no_second(samples: Samples) -> None:
    late = Effort(quick=True, deadline=time.monotonic() - 1)
    run_tries(BED, WORK, range(2), samples, late)

    assert samples.of(WORK) == [
        {"try": 0, "seconds": 0.5},
        {"try": 1, "error": "out of time"},
    ]


def test_a_run_that_was_stopped_begins_nothing(samples: Samples) -> None:
    stopped = Effort(quick=True)
    stopped.stopped.set()
    run_tries(BED, WORK, range(2), samples, stopped)

    assert samples.of(WORK) == []


@pytest.mark.parametrize(
    ("work", "rounds"),
    [("latency-1", 10), ("latency-50", 5), ("hold", 5), ("recovery-dead-120", 5), ("idle", 1)],
)
def test_the_list_says_how_often_a_work_is_done(work: str, rounds: int) -> None:
    assert Effort().tries(work) == rounds
    assert Effort(n=3).tries(work) == 3
    assert Effort(quick=True).tries(work) == 1
