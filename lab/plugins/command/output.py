"""What a command printed: collected, and its lines shown live in the engine's log."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final

LONGEST_LINE: Final = 64 * 1024
"""Bytes. The published plugin's log reader stops at a longer line, and the command then hangs."""
OVERLONG: Final = (
    f"a line of output has {LONGEST_LINE} bytes or more: the published plugin would hang here; "
    "redirect the output to a file, or set logging"
)


class Stream(Enum):
    """Where a piece of output came from."""

    STDOUT = "stdout"
    STDERR = "stderr"


_SHOWN: Final = {
    None: {Stream.STDOUT, Stream.STDERR},
    "stdoutAndStderr": {Stream.STDOUT, Stream.STDERR},
    "stdout": {Stream.STDOUT},
    "stderr": {Stream.STDERR},
}


class Output:
    """Collects both streams; the lines of those that `logging` shows go to `show` in order.

    logging: the resource's property, None when not given; a word it does not know shows nothing.
    """

    def __init__(self, logging: str | None, show: Callable[[str], Awaitable[None]]) -> None:
        self.overlong: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._shown = _SHOWN.get(logging, set())
        self._parts = {stream: bytearray() for stream in Stream}
        self._both = bytearray()
        self._line = bytearray()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._show = show
        self._shower = asyncio.create_task(self._show_lines())

    def feed(self, stream: Stream, data: bytes) -> None:
        """Take a piece of output as it arrives."""
        self._parts[stream] += data
        self._both += data
        if stream not in self._shown:
            return
        # Both streams share one log, so unfinished lines of the two run together.
        *lines, rest = (bytes(self._line) + data).split(b"\n")
        self._line = bytearray(rest)
        if any(len(line) >= LONGEST_LINE for line in (*lines, rest)) and not self.overlong.done():
            self.overlong.set_result(None)
        for line in lines:
            self._lines.put_nowait(_text(line).removesuffix("\r"))

    async def close(self) -> None:
        """Show what is left and wait until all of it is shown."""
        if self._line:
            self._lines.put_nowait(_text(bytes(self._line)).removesuffix("\r"))
        self._lines.put_nowait(None)
        await self._shower

    def text(self, stream: Stream) -> str:
        """One stream whole, without its last line end."""
        return _text(bytes(self._parts[stream])).removesuffix("\n")

    def both(self) -> str:
        """Both streams as they came, for an error's text."""
        return _text(bytes(self._both))

    async def _show_lines(self) -> None:
        while (line := await self._lines.get()) is not None:
            await self._show(line)


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
