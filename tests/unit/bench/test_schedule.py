"""Which bed does what."""

import threading
from contextlib import nullcontext
from pathlib import Path

import pytest

from bench import bed, schedule, works
from bench.samples import Sample, Samples
from bench.schedule import Queue, Run, tasks
from bench.works import Effort


def test_long_faults_are_shared_among_beds_and_begin_first(tmp_path: Path) -> None:
    found = tasks(
        ["recovery-dead-3", "recovery-dead-600", "recovery-dead-30-13"],
        Samples(tmp_path),
        Effort(),
    )

    assert [(task.work, task.numbers) for task in found[:2]] == [
        ("recovery-dead-600", (0,)),
        ("recovery-dead-600", (1,)),
    ]
    assert {task.image for task in found if task.work.endswith("-13")} == {"debian-13"}
    assert sum(len(task.numbers) for task in found if task.work == "recovery-dead-3") == 20


def test_a_run_that_goes_on_does_what_has_no_good_sample(tmp_path: Path) -> None:
    kept = Samples(tmp_path)
    kept.add("recovery-dead-120", {"try": 1, "seconds": 0.5})
    kept.add("recovery-dead-120", {"try": 2, "error": "HostError: no"})

    found = tasks(["recovery-dead-120"], kept, Effort())

    assert sorted(number for task in found for number in task.numbers) == [0, 2, 3, 4]


def test_a_bed_takes_only_what_is_for_its_image(tmp_path: Path) -> None:
    work = ["recovery-client-killed", "recovery-client-killed-13"]
    queue = Queue(tasks(work, Samples(tmp_path), Effort(n=1)))

    taken = queue.take("debian-13")

    assert taken is not None
    assert taken.work == "recovery-client-killed-13"
    assert queue.take("debian-13") is None
    assert queue.take("debian-12") is not None


def test_a_bed_that_does_not_come_up_fails_its_rows_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> bed.Bed:
        raise bed.BedError("no")

    monkeypatch.setattr(bed, "make", refuse)
    kept, said = Samples(tmp_path), list[str]()

    Run("x", kept, Effort(n=1), said.append).do(["latency-1", "one-killed"], beds_at_once=2)

    assert [one["error"] for one in kept.of("latency-1")] == ["BedError: no"]
    assert [one["error"] for one in kept.of("one-killed")] == ["no bed came up"]
    assert said


def test_an_interrupted_run_begins_no_further_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    effort, tried = Effort(), list[str]()
    begun = threading.Event()

    def try_once(_: bed.Bed, work: str) -> Sample:
        tried.append(work)
        begun.set()
        assert effort.stopped.wait(10)
        return {"seconds": 1.0}

    def interrupted(_: object) -> None:
        assert begun.wait(10)
        raise KeyboardInterrupt

    monkeypatch.setattr(bed, "make", lambda lab, *_: bed.Bed(lab=lab, vps="vps", address=""))
    monkeypatch.setattr(works, "try_once", try_once)
    monkeypatch.setattr(schedule, "wait", interrupted)
    kept = Samples(tmp_path)
    asked = ["recovery-dead-3", "recovery-dead-120", "one-killed"]

    with pytest.raises(KeyboardInterrupt):
        Run("x", kept, effort, lambda _: None).do(asked, beds_at_once=1)

    assert len(tried) == 1
    assert sum(len(kept.of(work)) for work in asked) == 1


def test_reboots_run_with_nothing_beside_them_and_after_what_they_would_disturb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = list[str]()
    monkeypatch.setattr(bed, "make", lambda lab, *_: bed.Bed(lab=lab, vps="vps", address=""))
    monkeypatch.setattr(schedule, "all_paths", lambda _: nullcontext())
    monkeypatch.setattr(schedule, "run_compared", lambda _, work, *__: done.append(work))
    monkeypatch.setattr(schedule, "run_tries", lambda _, work, *__: done.append(work))
    works = ["recovery-dead-3", "recovery-wsl-reboot", "latency-1", "recovery-vps-reboot", "idle"]

    Run("x", Samples(tmp_path), Effort(n=1), lambda _: None).do(works, beds_at_once=1)

    assert done == [
        *("idle", "latency-1", "recovery-wsl-reboot", "recovery-vps-reboot"),
        "recovery-dead-3",
    ]
