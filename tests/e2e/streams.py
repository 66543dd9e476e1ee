"""A stream that a visitor holds open while the tests change what carries it."""

import json
from subprocess import PIPE, Popen
from types import TracebackType
from typing import Any, Self

from lab.hosts import ENVIRONMENT, entry
from tests.e2e.harness import Lab

END_SECONDS = 30.0
PID_FILE = "/run/held-stream.pid"


class HeldStream:
    """A stream from the client to ASR, held for as long as the context lasts.

    Attributes:
        report: What lab.speech.stream saw; filled when the context ends.
    """

    def __init__(self, lab: Lab, url: str) -> None:
        self._lab = lab
        self._argv = [
            *entry(lab.name, "client"),
            *("sh", "-c", f'echo $$ >{PID_FILE} && exec "$@"', "sh"),
            "env",
            "PYTHONPATH=/opt/lab/src",
            "/opt/lab/lab-venv/bin/python",
            "-m",
            "lab.speech.stream",
            "--url",
            url,
        ]
        self.report: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._child = Popen(self._argv, stdout=PIPE, text=True, env=ENVIRONMENT, cwd="/")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # nsenter hands no signal on: the stream's own process is told, inside.
        self._lab.sh("client", f"kill -TERM $(cat {PID_FILE})", check=False)
        said, _ = self._child.communicate(timeout=END_SECONDS)
        self.report = json.loads(said)
