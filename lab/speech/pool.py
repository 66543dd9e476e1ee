"""A bounded number of decoders, each in a process of its own, lent to one utterance at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from lab.speech import recogniser

log = logging.getLogger("speech")

P = ParamSpec("P")
R = TypeVar("R")


class DecoderLostError(Exception):
    """A decoder's process died (out of memory, killed); a new one takes its place."""


class Worker:
    """One decoder process. Calls are done in order, one at a time."""

    def __init__(self) -> None:
        self.executor = ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=recogniser.load_in_worker
        )
        self.broken = False

    async def _call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        assert not kwargs
        try:
            future = self.executor.submit(function, *args, **kwargs)
            return await asyncio.wrap_future(future)
        except BrokenProcessPool as error:
            self.broken = True
            raise DecoderLostError("a decoder process died") from error

    async def warm(self) -> None:
        """Return once its model is loaded."""
        await self._call(recogniser.warm)

    async def start(self, grammar: str) -> None:
        """Begin an utterance with grammar "digits" or "english"."""
        await self._call(recogniser.start, grammar)

    async def feed(self, pcm: bytes) -> str:
        """Decode more of it; what has been understood so far."""
        return await self._call(recogniser.feed, pcm)

    async def finish(self) -> str:
        """End it; its transcript."""
        return await self._call(recogniser.finish)

    def close(self) -> None:
        """End the process."""
        self.executor.shutdown(wait=False, cancel_futures=True)


class DecoderPool:
    """`size` workers; who asks for one while all are lent waits, first come first served."""

    def __init__(self, size: int) -> None:
        self.workers = [Worker() for _ in range(size)]
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["asyncio.Task[None]"]:
        """Load the workers in the background; the task given ends when all are loaded."""
        loading = asyncio.create_task(self._load())
        try:
            yield loading
        finally:
            loading.cancel()
            for worker in self.workers:
                worker.close()

    async def _load(self) -> None:
        await asyncio.gather(*(worker.warm() for worker in self.workers))
        for worker in self.workers:
            self._idle.put_nowait(worker)

    async def lend(self, grammar: str) -> Worker:
        """An idle worker with a new utterance begun; give it back with `take_back`.

        Workers found dead are replaced; DecoderLostError when every one of them was.
        """
        for _ in range(len(self.workers) + 1):
            worker = await self._idle.get()
            try:
                await worker.start(grammar)
            except DecoderLostError:
                self.take_back(worker)
            except BaseException:  # the caller left while it was starting
                self.take_back(worker)
                raise
            else:
                return worker
        raise DecoderLostError("no decoder process stays alive")

    def take_back(self, worker: Worker) -> None:
        """Make a lent worker idle again, or replace it when its process died."""
        if worker.broken:
            log.warning("a decoder process died; starting another")
            worker.close()
            self.workers.remove(worker)
            worker = Worker()
            self.workers.append(worker)
        self._idle.put_nowait(worker)
