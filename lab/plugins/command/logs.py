"""The engine's log: what is said there appears beside the resource it is about."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Severity(Enum):
    """How serious a message is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Log(Protocol):
    """Where messages go. status: a passing line, not part of the final report."""

    async def __call__(
        self, severity: Severity, message: str, *, urn: str, status: bool = False
    ) -> None:
        """Show one message."""


@dataclass(frozen=True)
class ResourceLog:
    """The log of one resource."""

    log: Log
    urn: str

    async def status(self, message: str) -> None:
        """A line that tells how it goes."""
        await self.log(Severity.INFO, message, urn=self.urn, status=True)

    async def warning(self, message: str) -> None:
        """A warning that stays."""
        await self.log(Severity.WARNING, message, urn=self.urn)

    async def error(self, message: str) -> None:
        """An error that stays."""
        await self.log(Severity.ERROR, message, urn=self.urn)
