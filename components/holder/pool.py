"""All slots of one configuration, and those of an earlier one that still carry streams."""

from __future__ import annotations

from .config import Config
from .connection import Dial, Say
from .pace import Pace
from .slot import Slot


class Pool:
    """The slots, which share one pace.

    Attributes:
        slots: Those that serve, by their numbers.
    """

    def __init__(self, config: Config, dial: Dial, say: Say, now: float) -> None:
        self.slots: list[Slot] = []
        self._leaving: dict[int, Slot] = {}
        self._pace = Pace(now)
        self._dial = dial
        self._say = say
        self.take_up(config, now)

    def take_up(self, config: Config, now: float) -> None:
        """Another configuration: each slot moves over by itself, and no stream is cut."""
        for slot in self.slots[config.connections :]:
            slot.leave(now)
            self._leaving[slot.number] = slot
        del self.slots[config.connections :]
        for number in range(len(self.slots), config.connections):
            # One that is on its way out knows which of its folders on the VPS is free.
            if number in self._leaving:
                slot = self._leaving.pop(number)
                slot.come_back()
            else:
                slot = Slot(number, config, self._pace, self._dial, self._say)
            self.slots.append(slot)
        for slot in self.slots:
            slot.config = config

    def doubt(self) -> None:
        """The machine has slept: no connection is believed."""
        for slot in self.slots:
            slot.doubt()

    def tick(self, now: float) -> None:
        """One look at everything."""
        for slot in self._all():
            slot.tick(now)
        self._leaving = {slot.number: slot for slot in self._leaving.values() if slot.draining}

    def next_look(self, now: float) -> float:
        """When to tick again, at the latest."""
        return min(slot.next_look(now) for slot in self._all())

    def end(self) -> None:
        """Kill everything."""
        for slot in self._all():
            slot.end()

    def _all(self) -> list[Slot]:
        return [*self.slots, *self._leaving.values()]
