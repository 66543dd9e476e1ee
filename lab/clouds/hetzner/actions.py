"""Actions: work that takes time, which clients follow by polling."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from lab.clouds.hetzner.errors import ApiError
from lab.clouds.hetzner.store import Record, Store, now

log = logging.getLogger(__name__)
KEPT = 500
"""How many finished actions are remembered."""


class Actions:
    """Starts actions, and says how far they are."""

    def __init__(self, store: Store, *, delay: float) -> None:
        """`delay`: seconds that an action takes besides its work."""
        self._store = store
        self._delay = delay
        self._tasks: set[asyncio.Task[None]] = set()
        for record in store.table("actions").values():
            if record["status"] == "running":
                self._finish(record, "the API was restarted while this action ran")

    def start(
        self,
        command: str,
        resources: Sequence[tuple[str, int]],
        work: Callable[[], Awaitable[Any]] | None = None,
    ) -> Record:
        """A new running action about `resources` ((kind, id), ...); it ends when `work` has."""
        record = self.new(command, resources)
        self.run([(record, work)])
        return record

    def new(self, command: str, resources: Sequence[tuple[str, int]]) -> Record:
        """An action that `run` will work on."""
        draft = {
            "command": command,
            "status": "running",
            "progress": 0,
            "started": now(),
            "finished": None,
            "resources": [{"id": key, "type": kind} for kind, key in resources],
            "error": None,
        }
        record = self._store.add("actions", draft)
        del record["created"]  # actions have `started` instead
        return record

    def run(self, steps: Sequence[tuple[Record, Callable[[], Awaitable[Any]] | None]]) -> None:
        """Work on actions one after the other; when one fails, so do those after it."""
        self._store.save()
        task = asyncio.get_running_loop().create_task(self._run(steps))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(
        self, steps: Sequence[tuple[Record, Callable[[], Awaitable[Any]] | None]]
    ) -> None:
        failure: str | None = None
        for record, work in steps:
            if failure is None:
                await asyncio.sleep(self._delay / 2)
                record["progress"] = 50
                try:
                    if work is not None:
                        await work()
                except ApiError as error:
                    failure = error.message
                except Exception as error:
                    log.exception("action %s (%s) failed", record["id"], record["command"])
                    failure = f"{record['command']} failed: {error}"
                await asyncio.sleep(self._delay / 2)
            self._finish(record, failure)
            self._forget_old()
            self._store.save()

    def _finish(self, record: Record, failure: str | None) -> None:
        record["finished"] = now()
        record["status"] = "success" if failure is None else "error"
        record["progress"] = 100
        record["error"] = failure and {"code": "action_failed", "message": failure}

    def _forget_old(self) -> None:
        table = self._store.table("actions")
        for key in list(table)[: max(0, len(table) - KEPT)]:
            if table[key]["status"] != "running":
                del table[key]
