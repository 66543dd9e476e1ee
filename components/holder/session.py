"""One ssh connection, asked every half second whether it answers."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable

from .config import Config
from .heartbeats import Heartbeats

# As OpenSSH 8.9 to 10 says it, up to the end of the line: a login banner of the VPS comes on the
# same way, speaks of the like, and may run on into ssh's own words where its last line has no end.
REFUSALS = re.compile(
    r"\S+@\S+: Permission denied \(\S*\)\.$"
    r"|Host key verification failed\.$"
    r"|Error: remote port forwarding failed for listen (?:path|port) \S+$"
    r"|Received disconnect from \S+ port [0-9]+:2: Too many authentication failures$"
    r"|Bad owner or permissions on /\S+$"
)
STANDARD = ("0", "1", "2")  # input, output, errors
_LINE_LIMIT = 200  # bytes of an answer
_MOST_WORDS = 500  # bytes: ssh lists what the other side offers
_SUMMARY = re.compile(
    r"terminating, [0-9]+ bad configuration options"
)  # the line before says which


class Session:
    """One ssh process and what it says.

    Attributes:
        slot: Its number in the pool.
        letter: Which of the slot's two folders on the VPS its sockets are in: "a" or "b".
        config: What it was started with.
        beats: Its questions and answers.
        born: When it was started.
        ended: Whether the process is gone.
        refused: Whether the VPS answered and refused.
        draining: Whether new streams go elsewhere.
        counted: When its streams were last counted, from `drain` on.
    """

    def __init__(self, config: Config, slot: int, letter: str, wake: Callable[[], None]) -> None:
        self.config = config
        self.slot = slot
        self.letter = letter
        self.beats = Heartbeats()
        self.born = time.monotonic()
        self.ended = False
        self.refused = False
        self.draining = False
        self.counted = 0.0
        self.words = ""
        self._wake = wake  # called when it has answered for the first time, and when it has ended
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether it has answered once."""
        return self.beats.answered is not None

    def start(self, connect_timeout: int) -> None:
        """Start the process; whatever becomes of it is seen in the attributes."""
        self._task = asyncio.get_running_loop().create_task(self._run(connect_timeout))

    def argv(self, connect_timeout: int) -> list[str]:
        """The command line: everything that does not change is in ssh_config."""
        folder = f"{self.config.directory}/{self.slot}{self.letter}"
        forwards = [
            word
            for forward in self.config.forwards
            for word in ("-R", f"{folder}/{forward.name}:{forward.target}")
        ]
        options = ["-F", self.config.ssh_config, "-T", "-o", f"ConnectTimeout={connect_timeout}"]
        return ["ssh", *options, *forwards, "vps", "hold"]

    def beat(self, now: float) -> None:
        """Ask, if it is time."""
        if self.beats.due(now):
            self.ask(now)

    def ask(self, now: float) -> None:
        """Ask at once: one line, which the other side gives back."""
        if self._process is None or self._process.stdin is None:
            return
        if self._process.stdin.is_closing():
            return
        role = "drain" if self.draining else "serve"
        number = self.beats.ask(now)
        self._process.stdin.write(f"{role} {self.slot}{self.letter} {number}\n".encode())

    def drain(self, now: float) -> None:
        """Take no new streams; keep the open ones."""
        self.draining = True
        self.counted = now

    def streams(self) -> int:
        """How many streams it carries: the process' sockets without the one to the VPS.

        Its standard input is none: older Pythons give a child a socket there for a pipe, and ssh
        reads from a copy of it.
        """
        if self._process is None:
            return 0
        open_: dict[str, str] = {}
        try:
            for entry in os.scandir(f"/proc/{self._process.pid}/fd"):
                try:
                    open_[entry.name] = os.readlink(entry.path)  # noqa: PTH115 - hundreds, quickly
                except OSError:
                    continue  # closed meanwhile
        except OSError:
            return 0
        standard = {open_.get(name) for name in STANDARD}
        sockets = [one for one in open_.values() if one.startswith("socket:")]
        return max(0, sum(one not in standard for one in sockets) - 1)

    def kill(self) -> None:
        """End it; nothing is waited for."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        elif self._process is None and self._task is not None:
            self._task.cancel()
            self.ended = True

    async def _run(self, connect_timeout: int) -> None:
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.argv(connect_timeout),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_LINE_LIMIT,
            )
            self.beat(time.monotonic())  # it waits in the pipe until the other side reads it
            await asyncio.gather(self._read_answers(), self._read_words())
            await self._process.wait()
        except OSError as error:
            self.words = f"ssh cannot be started: {error}"
        finally:
            self.ended = True
            self._wake()

    async def _read_answers(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while True:
            try:
                line = await self._process.stdout.readline()
            except ValueError:  # longer than any answer
                continue
            if not line:
                return
            number = line.rpartition(b" ")[2].strip()
            if number.isdigit():
                first = not self.up
                self.beats.answer(int(number), time.monotonic())
                if first:
                    self.words = ""  # a banner's, or a warning's: not why the connection will end
                    self._wake()

    async def _read_words(self) -> None:
        """The last that ssh says is kept for the journal, or what it says of a refusal."""
        assert self._process is not None
        assert self._process.stderr is not None
        begun = b""
        while chunk := await self._process.stderr.read(_MOST_WORDS):
            *lines, begun = (begun + chunk).split(b"\n")
            for line in lines:
                self._note(line)
            begun = begun[:_MOST_WORDS]
        self._note(begun)

    def _note(self, line: bytes) -> None:
        words = line[:_MOST_WORDS].decode(errors="replace").strip()
        if words and not self.refused and not _SUMMARY.search(words):
            self.words = words
            self.refused = bool(REFUSALS.search(words))
