"""One utterance on its way through a decoder: what is decoded, when, and by whom.

Silence is not decoded, and a decoder is held only while somebody speaks, so that many quiet
streams may be open over few decoders. A pause of a second, or 30 s of speech, ends a segment.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from lab.speech.audio import SAMPLE_BYTES, SAMPLE_RATE, is_quiet, seconds
from lab.speech.pool import DecoderLostError, DecoderPool, Worker

BYTES_PER_SECOND = SAMPLE_RATE * SAMPLE_BYTES
LEAD_BYTES = int(0.3 * BYTES_PER_SECOND)  # kept from before the first sound: soft consonants
PAUSE_BYTES = int(1.0 * BYTES_PER_SECOND)
SEGMENT_BYTES = 30 * BYTES_PER_SECOND
BACKLOG_BYTES = 30 * BYTES_PER_SECOND  # not yet decoded; about 1 MB a stream
BATCH_BYTES = int(0.2 * BYTES_PER_SECOND)  # one call of a decoder: at most ~30 ms of work


class BacklogError(Exception):
    """More audio waits than may: every decoder is busy."""


class Utterance:
    """Audio in with `add`, the transcript out of `finish`; `on_partial` hears what grows."""

    def __init__(
        self, pool: DecoderPool, grammar: str, on_partial: Callable[[str], Awaitable[None]]
    ) -> None:
        self._pool = pool
        self._grammar = grammar
        self._on_partial = on_partial
        self._lead = bytearray()
        self._speaking = False
        self._quiet = self._segment = self._waiting = 0  # bytes
        self._queue: deque[bytes | None] = deque()  # audio; None ends a segment
        self._task: asyncio.Task[None] | None = None
        self._worker: Worker | None = None
        self._texts: list[str] = []
        self._told = ""

    def add(self, frame: bytes) -> None:
        """Take one frame; BacklogError or what the decoding failed with."""
        quiet = is_quiet(frame)
        if not self._speaking:
            self._lead += frame
            if quiet:
                del self._lead[:-LEAD_BYTES]
                return
            self._speaking, frame = True, bytes(self._lead)
            self._lead.clear()
        self._quiet = self._quiet + len(frame) if quiet else 0
        self._segment += len(frame)
        self._enqueue(frame)
        if self._quiet >= PAUSE_BYTES or self._segment >= SEGMENT_BYTES:
            self._end_segment()

    async def finish(self) -> str:
        """The transcript of the whole utterance."""
        self._end_segment()
        if self._task is not None:
            await self._task
        return " ".join(self._texts)

    async def abandon(self) -> None:
        """Give the decoder back; nobody wants the rest."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._task
        self._return_worker()

    def _end_segment(self) -> None:
        if self._speaking:
            self._enqueue(None)
        self._speaking, self._quiet, self._segment = False, 0, 0

    def _enqueue(self, item: bytes | None) -> None:
        self._queue.append(item)
        self._waiting += len(item or b"")
        if self._waiting > BACKLOG_BYTES:
            raise BacklogError(f"{seconds(self._waiting):.0f} s of audio wait for a decoder")
        if self._task is not None and self._task.done():
            self._task.result()  # raises what it failed with
            self._task = None
        if self._task is None and (item is None or self._waiting >= BATCH_BYTES // 2):
            self._task = asyncio.create_task(self._decode())

    async def _decode(self) -> None:
        try:
            while self._queue:
                if self._queue[0] is None:
                    self._queue.popleft()
                    await self._close_segment()
                else:
                    await self._feed(self._next_batch())
        except DecoderLostError:
            self._return_worker()
            raise

    def _next_batch(self) -> bytes:
        batch = bytearray()
        while self._queue and len(batch) < BATCH_BYTES and (head := self._queue[0]) is not None:
            batch += head
            self._queue.popleft()
        self._waiting -= len(batch)
        return bytes(batch)

    async def _feed(self, pcm: bytes) -> None:
        if self._worker is None:
            self._worker = await self._pool.lend(self._grammar)
        text = " ".join([*self._texts, await self._worker.feed(pcm)]).strip()
        if text != self._told:
            self._told = text
            await self._on_partial(text)

    async def _close_segment(self) -> None:
        assert self._worker is not None, "a segment begins with audio"
        text = await self._worker.finish()
        self._return_worker()
        if text:
            self._texts.append(text)

    def _return_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            self._pool.take_back(worker)
