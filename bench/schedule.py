"""Who does what when: what needs quiet on one bed, then the faults on several beds at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import bed as beds
from bench.paths import all_paths
from bench.rows import fault_of
from bench.works import needs_paths, needs_quiet, run_compared, run_tries, seconds_of
from lab import lifecycle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.bed import Bed
    from bench.samples import Samples
    from bench.works import Effort

IMAGE = "debian-12"
CHUNK_SECONDS = 300.0  # a bed takes so much of one work at once
LAB_NAME_MAX = 10


@dataclass(frozen=True, kw_only=True)
class Task:
    """Some tries of a work, for one bed with this image; `seconds` is about how long they take."""

    work: str
    numbers: tuple[int, ...]
    image: str
    seconds: float


def tasks(works: Iterable[str], samples: Samples, effort: Effort) -> list[Task]:
    """The tries that have no good sample yet, in tasks of some minutes, the longest first."""
    found = []
    for work in works:
        done = {one.get("try") for one in samples.of(work) if "error" not in one}
        left = [number for number in range(effort.tries(work)) if number not in done]
        each = seconds_of(work)
        size = max(1, int(CHUNK_SECONDS / each))
        fault = fault_of(work)
        found += [
            Task(
                work=work,
                numbers=tuple(left[start : start + size]),
                image=fault.image if fault else IMAGE,
                seconds=each * len(left[start : start + size]),
            )
            for start in range(0, len(left), size)
        ]
    return sorted(found, key=lambda task: -task.seconds)


class Queue:
    """The tasks that no bed has taken; a bed takes the longest that fits its image."""

    def __init__(self, waiting: Sequence[Task]) -> None:
        self._waiting = list(waiting)
        self._lock = threading.Lock()

    def take(self, image: str) -> Task | None:
        """The next task for a bed, None when there is none left."""
        with self._lock:
            fitting = next((task for task in self._waiting if task.image == image), None)
            if fitting is not None:
                self._waiting.remove(fitting)
            return fitting

    def give_back(self, task: Task) -> None:
        """A bed could not do it: another one may."""
        with self._lock:
            self._waiting.insert(0, task)

    def clear(self) -> None:
        """Nobody is to do the rest."""
        with self._lock:
            self._waiting.clear()

    def left(self) -> list[Task]:
        """What nobody did."""
        with self._lock:
            return list(self._waiting)


class Run:
    """One run of bin/bench: its works, done on labs whose names begin with `lab`."""

    def __init__(
        self, lab: str, samples: Samples, effort: Effort, report: Callable[[str], None]
    ) -> None:
        self._lab = lab
        self._samples = samples
        self._effort = effort
        self._report = report
        self._used: list[str] = []

    def do(self, works: Sequence[str], *, beds_at_once: int) -> None:
        """Do the works that are not done yet, those that need quiet first."""
        quiet = [work for work in works if needs_quiet(work) and not self._complete(work)]
        todo = tasks((work for work in works if not needs_quiet(work)), self._samples, self._effort)
        if quiet:
            try:
                self._do_quietly(self._bed(self._lab, IMAGE), quiet)
            except Exception as error:  # noqa: BLE001 - told in the table; the faults come next
                self._tell(quiet, error)
        if not todo:
            return
        queue = Queue(todo)
        images = [IMAGE] * max(1, min(beds_at_once, sum(task.image == IMAGE for task in todo)))
        if all(task.image != IMAGE for task in todo):
            images = []
        others = sorted({task.image for task in todo} - {IMAGE})
        with ThreadPoolExecutor(len(images) + len(others)) as pool:
            running = [
                pool.submit(self._work_off, self._name(number), image, queue)
                for number, image in enumerate([*images, *others])
            ]
            try:
                wait(running)
            except KeyboardInterrupt:
                self._effort.stopped.set()
                queue.clear()
                self._report("interrupted: the tries that are under way end first")
                raise
        for one in running:
            one.result()
        for task in queue.left():
            self._samples.add(task.work, {"try": task.numbers[0], "error": "no bed came up"})

    def down(self) -> None:
        """Take every lab down that this run used."""
        for lab in self._used:
            lifecycle.down(lab)

    def _name(self, number: int) -> str:
        return self._lab if number == 0 else f"{self._lab[: LAB_NAME_MAX - 1]}{number}"

    def _bed(self, lab: str, image: str) -> Bed:
        if lab not in self._used:
            self._used.append(lab)
        return beds.make(lab, image, lambda _: None)

    def _complete(self, work: str) -> bool:
        taken = self._samples.of(work)
        rounds = {one.get("round", one.get("try")) for one in taken}
        if len(rounds) >= self._effort.tries(work) and not any("error" in one for one in taken):
            return True
        self._samples.drop(work)
        return False

    def _do_quietly(self, bed: Bed, works: Sequence[str]) -> None:
        """What bears nothing beside it; first what even the plain tunnel would disturb.

        Reboots come last: what makes the bed ready for the comparisons need not outlive them.
        """
        self._try(bed, [work for work in works if not needs_paths(work) and not fault_of(work)])
        compared = [work for work in works if needs_paths(work)]
        if compared:
            with all_paths(bed):
                for work in compared:
                    self._report(f"{bed.lab}: {work}")
                    run_compared(bed, work, self._samples, self._effort)
        self._try(bed, [work for work in works if fault_of(work)])

    def _try(self, bed: Bed, works: Sequence[str]) -> None:
        for work in works:
            self._report(f"{bed.lab}: {work}")
            run_tries(bed, work, range(self._effort.tries(work)), self._samples, self._effort)

    def _tell(self, works: Sequence[str], error: Exception) -> None:
        """Keep an error as the sample of each work that has none."""
        self._report(f"{self._lab}: {error}")
        for work in works:
            if not self._samples.of(work):
                words = f"{type(error).__name__}: {error}"
                self._samples.add(work, {"round": 0, "path": "tunnel", "error": words})

    def _work_off(self, lab: str, image: str, queue: Queue) -> None:
        bed: Bed | None = None
        while (task := queue.take(image)) is not None:
            try:
                bed = bed or self._bed(lab, image)
            except Exception as error:  # noqa: BLE001 - the other beds do it
                if self._effort.stopped.is_set():
                    return
                self._report(f"{lab} does not come up: {error}")
                queue.give_back(task)
                return
            self._report(f"{lab}: {task.work}, tries {task.numbers[0]} to {task.numbers[-1]}")
            run_tries(bed, task.work, task.numbers, self._samples, self._effort)
