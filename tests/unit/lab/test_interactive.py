"""A command that is run to its end hears of Ctrl-C, and may say all it has to say."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lab.interactive import run_to_its_end

# In the place of nsenter and pulumi: the one waits for the other, which takes its time to end.
SLOW = """\
trap 'sleep 0.6; echo "lock released"; exit 7' INT TERM
echo begun
while :; do sleep 0.05; done
"""
CALLER = """\
import sys
from lab.interactive import run_to_its_end
try:
    run_to_its_end(["sh", "-c", 'bash -c "$1"; exit $?', "sh", sys.argv[1]], env={},
                   show=lambda line: print(line, flush=True))
except KeyboardInterrupt:
    print("interrupted")
"""
ENVIRONMENT = {"PATH": os.environ["PATH"]}


@pytest.mark.parametrize(
    ("number", "status", "last"),
    [(signal.SIGINT, 0, "interrupted"), (signal.SIGTERM, 128 + signal.SIGTERM, "lock released")],
)
def test_a_signal_to_the_whole_terminal_is_passed_on_and_the_end_is_read(
    number: int, status: int, last: str
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CALLER, SLOW],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=Path(__file__).parents[3],
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"

    os.killpg(child.pid, number)  # as the terminal does it
    rest = child.stdout.read().splitlines()

    assert rest[0] == "lock released"
    assert rest[-1] == last
    assert child.wait() == status


def test_without_a_signal_its_lines_and_status_are_told() -> None:
    said = list[str]()

    status = run_to_its_end(
        ["sh", "-c", "echo one; echo two >&2; exit 3"], env=ENVIRONMENT, show=said.append
    )

    assert (said, status) == (["one", "two"], 3)


def test_another_thread_runs_it_without_taking_signals() -> None:
    said = list[str]()
    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(
        target=run_to_its_end,
        args=(["sh", "-c", "echo one"],),
        kwargs={"env": ENVIRONMENT, "show": said.append},
    )

    thread.start()
    thread.join()

    assert said == ["one"]
    assert signal.getsignal(signal.SIGINT) is before
