"""A connection that needs no network."""

from dataclasses import dataclass, field

from components.holder.config import Config, Forward
from components.holder.heartbeats import Heartbeats

CONFIG = Config("/etc/ssh_config", "/run/sockets", 4, (Forward("asr", "127.0.0.1:8001"),))
STEP = 0.1  # seconds between two looks


@dataclass
class Fake:
    """A connection whose line the test holds in its hand."""

    config: Config
    letter: str
    born: float = 0.0
    beats: Heartbeats = field(default_factory=Heartbeats)
    ended: bool = False
    refused: bool = False
    draining: bool = False
    counted: float = 0.0
    words: str = ""
    alive: bool = True  # whether its line carries answers
    carried: int = 0
    asked: int = 0  # how often for its streams
    killed: bool = False
    timeout: int = 0
    number: int = 0  # of its last question
    did: list[str] = field(default_factory=list)  # questions and ends, of whoever shares it

    @property
    def up(self) -> bool:
        return self.beats.answered is not None

    def start(self, connect_timeout: int) -> None:
        self.timeout = connect_timeout

    def beat(self, now: float) -> None:
        if self.beats.due(now):
            self.ask(now)
        # As ssh does with a line that swallows everything.
        self.ended = self.ended or (not self.up and now - self.born >= self.timeout)

    def ask(self, now: float) -> None:
        self.did.append(f"{self.letter} is asked")
        self.number = self.beats.ask(now)
        if self.alive and not self.ended:
            self.beats.answer(self.number, now + 0.02)

    def drain(self, now: float) -> None:
        self.draining, self.counted = True, now

    def streams(self) -> int:
        self.asked += 1
        return self.carried

    def kill(self) -> None:
        self.did.append(f"{self.letter} ends")
        self.killed = self.ended = True
