"""Run the real speech services as processes on free loopback ports, as systemd does in the lab."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[4]
DEADLINE_SECONDS = 20.0


@dataclass(frozen=True)
class Running:
    """A speech service process that answers."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Of the stream."""
        return f"ws://127.0.0.1:{self.port}/v1/stream/{self.name}"

    def get(self, path: str) -> httpx.Response:
        """GET over HTTP, through no proxy of the machine's."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False, timeout=5)

    def metric(self, name: str) -> float:
        """The sum of all lines of one metric."""
        lines = [line for line in self.get("/metrics").text.splitlines() if line.startswith(name)]
        assert lines, f"no metric {name}"
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(name: str, log: Path, *options: str, ready: bool = True) -> Iterator[Running]:
    """Start service `name`; wait until it answers (`ready`: with status ok)."""
    port = free_port()
    argv = [sys.executable, "-m", f"lab.speech.{name}", "--port", str(port), *options]
    with log.open("wb") as file:
        process = subprocess.Popen(argv, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)
    service = Running(name, port, process, log)
    try:
        wait_until_it_answers(service, ready=ready)
        yield service
    finally:
        process.terminate()
        process.wait(DEADLINE_SECONDS)


def wait_until_it_answers(service: Running, *, ready: bool) -> None:
    """Poll /health; fail with the service's log when it ended or is not up in time."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline and service.process.poll() is None:
        try:
            if service.get("/health").status_code == 200 or not ready:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise AssertionError(f"{service.name} is not up:\n{service.log.read_text()}")
