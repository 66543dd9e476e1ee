"""A stream that a visitor holds open while the tests change what carries it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from lab.hosts import ENVIRONMENT, entry
from tests.e2e.harness import Lab
from tests.e2e.waiting import until

OPEN_SECONDS = 30.0
END_SECONDS = 30.0


class HeldStream:
    """A stream from the client to ASR: open when the context begins, held for as long as it lasts.

    Attributes:
        report: What lab.speech.stream saw; filled when the context ends.
    """

    def __init__(self, lab: Lab, url: str) -> None:
        self._lab = lab
        self._files = f"/run/held-stream-{uuid4().hex}"
        self._argv = [
            *entry(lab.name, "client"),
            *("sh", "-c", f'echo $$ >{self._files}.pid && exec "$@"', "sh"),
            "env",
            "PYTHONPATH=/opt/lab/src",
            "/opt/lab/lab-venv/bin/python",
            *("-m", "lab.speech.stream"),
            *("--opened-file", f"{self._files}.opened"),
            *("--url", url),
        ]
        self.report: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._child = Popen(self._argv, stdout=PIPE, text=True, env=ENVIRONMENT, cwd="/")
        try:
            until(self._open_or_over, seconds=OPEN_SECONDS, what="the stream opened or gave up")
            opened = self._opened()
        except BaseException:
            self._end()
            raise
        if not opened:
            self._end()
            raise AssertionError(f"the stream did not open: {self.report}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _open_or_over(self) -> bool:
        return self._opened() or self._child.poll() is not None

    def _opened(self) -> bool:
        return self._lab.sh("client", f"test -e {self._files}.opened", check=False).code == 0

    def _end(self) -> None:
        # The parent outside hands no signal on: the stream's own process is told, inside.
        files = self._files
        self._lab.sh("client", f"kill -TERM $(cat {files}.pid); rm -f {files}.*", check=False)
        said, _ = self._child.communicate(timeout=END_SECONDS)
        self.report = json.loads(said)


@contextmanager
def uncut(lab: Lab, url: str) -> Iterator[None]:
    """A stream is held meanwhile; it fails the test if anything has cut it."""
    with HeldStream(lab, url) as stream:
        yield
    assert not stream.report["cut"], stream.report
