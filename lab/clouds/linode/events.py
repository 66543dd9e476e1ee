"""Events: what happened in the account; jobs are events that clients follow by polling."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from lab.clouds.linode.errors import ApiError
from lab.clouds.linode.store import Record, Store, now

log = logging.getLogger(__name__)
USER = "lab"
KEPT = 500
"""How many events are remembered."""

Work = Callable[[], Awaitable[Any]]


class Events:
    """Starts jobs, notes what was done at once, and says how far everything is."""

    def __init__(self, store: Store, *, delay: float) -> None:
        """`delay`: seconds that a job takes besides its work."""
        self._store = store
        self._delay = delay
        self._tasks: set[asyncio.Task[None]] = set()
        for event in store.table("events").values():
            if event["status"] in ("scheduled", "started"):
                self._end(event, "the API was restarted while this job ran")

    def note(self, action: str, kind: str, record: Record) -> None:
        """Remember what has been done already."""
        event = self.new(action, kind, record)
        event |= {"status": "notification", "percent_complete": 100}
        self._forget_old()

    def new(
        self, action: str, kind: str, record: Record, *, about: tuple[str, Record] | None = None
    ) -> Record:
        """A job about a record of a kind ("linode", "firewall"), that `run` will work on."""
        event = {
            "action": action,
            "status": "scheduled",
            "percent_complete": 0,
            "entity": _entity(kind, record),
            "secondary_entity": None if about is None else _entity(*about),
            "username": USER,
            "duration": None,
            "rate": None,
            "time_remaining": None,
            "message": "",
            "seen": False,
            "read": False,
        }
        made = self._store.add("events", event)
        del made["updated"]
        return made

    def run(self, steps: Sequence[tuple[Record, Work]]) -> None:
        """Work on jobs one after the other; when one fails, so do those after it."""
        self._store.save()
        task = asyncio.get_running_loop().create_task(self._run(steps))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, steps: Sequence[tuple[Record, Work]]) -> None:
        failure: str | None = None
        for event, work in steps:
            if failure is None:
                event["status"] = "started"
                await asyncio.sleep(self._delay / 2)
                event["percent_complete"] = 50
                try:
                    await work()
                except ApiError as error:
                    failure = str(error)
                except Exception as error:
                    log.exception("event %s (%s) failed", event["id"], event["action"])
                    failure = f"{event['action']} failed: {error}"
                await asyncio.sleep(self._delay / 2)
            self._end(event, failure)
            self._forget_old()
            self._store.save()

    def _end(self, event: Record, failure: str | None) -> None:
        began = datetime.fromisoformat(event["created"]).replace(tzinfo=UTC)
        event["duration"] = round((datetime.now(UTC) - began).total_seconds(), 1)
        event["status"] = "finished" if failure is None else "failed"
        event["percent_complete"] = 100
        event["message"] = failure or ""

    def _forget_old(self) -> None:
        table = self._store.table("events")
        for key in list(table)[: max(0, len(table) - KEPT)]:
            if table[key]["status"] not in ("scheduled", "started"):
                del table[key]


_PATHS = {"linode": "linode/instances", "firewall": "networking/firewalls"}


def _entity(kind: str, record: Record) -> Record:
    url = f"/v4/{_PATHS.get(kind, kind)}/{record['id']}"
    return {"id": record["id"], "label": record["label"], "type": kind, "url": url}


__all__ = ["Events", "Work", "now"]
