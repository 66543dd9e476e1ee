"""The administrator's shell on the VPS: the real ssh, its key and host key from the stack."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from components.environment import clean_environment
from ops.errors import OpsError
from ops.login import Login, login_files, ssh_command

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def open_shell(login: Login, command: Sequence[str]) -> int:
    """Run ssh with our input, output and terminal; returns its exit status (128 + N: signal N).

    The files are removed when it has ended, also when it was ended by a signal.

    Raises:
        OpsError: There is no ssh here.
    """
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    with _Child().following_signals() as child, login_files(login) as files:
        status = child.run(ssh_command(login, files, command, terminal=terminal))
    return status if status >= 0 else 128 - status


def remote_command(typed: list[str], words: list[str]) -> list[str]:
    """What to run on the VPS: a first word `vps` names the host, unless `--` stands before it.

    Args:
        typed: The whole command line.
        words: Its end, behind our own options and the `--` that may end them.

    Raises:
        OpsError: An option follows the host: it would be run on the VPS of the selected stack.
    """
    before = typed[: len(typed) - len(words)]
    if before[-1:] == ["--"] or words[:1] != ["vps"]:
        return words
    rest = words[1:]
    if rest[:1] == ["--"]:
        return rest[1:]
    if rest and rest[0].startswith("-"):
        raise OpsError(
            f"{rest[0]} comes after the host; options of bin/ops come before it, for example:"
            " bin/ops ssh --stack STACK vps"
        )
    return rest


class _Child:
    """One program that gets the signals we get, while we live on to tidy up after it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._received: list[int] = []

    @contextmanager
    def following_signals(self) -> "Iterator[_Child]":
        """Pass signals on, from before there is anything to remove until it is removed."""

        def take(number: int, _frame: object) -> None:
            self._received.append(number)
            if self._process is not None:
                self._process.send_signal(number)

        # What is ignored (nohup) stays so.
        taken = [number for number in _SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
        before = {number: signal.signal(number, take) for number in taken}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def run(self, argv: Sequence[str]) -> int:
        try:
            # Tokens and passphrase of this shell are none of ssh's business.
            self._process = subprocess.Popen(argv, env=clean_environment())
        except FileNotFoundError:
            raise OpsError("there is no ssh here: sudo apt-get install openssh-client") from None
        for number in self._received:  # came before there was anyone to pass them on to
            self._process.send_signal(number)
        return self._process.wait()
