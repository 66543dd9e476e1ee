"""`bin/ops restart`: the tunnel here, or nginx on the VPS; it says when bytes flow again."""

import os
import subprocess
import time
from typing import Literal

from components.environment import clean_environment
from ops.day2.looking import Subject
from ops.errors import OpsError
from ops.health.visiting import visit
from ops.login import login_files, ssh_command
from ops.operations import Operations, Published
from ops.sending import impatient

Part = Literal["tunnel", "nginx"]
SECONDS = 60.0
TIMED_OUT = 124
"""The exit status of coreutils' timeout."""
BACK_SECONDS = 45.0
NGINX = (
    'r=; [ "$(id -u)" = 0 ] || r="sudo -n";'
    " $r nginx -t -q && $r systemctl restart nginx"  # a broken configuration keeps the old one up
)


def restart(subject: Subject, part: Part) -> float:
    """Restart it; returns after how many seconds every service answered again.

    Raises:
        OpsError: It does not start, bytes do not flow 45 s later, or the tunnel is not here.
    """
    begun = time.monotonic()
    if part == "tunnel":
        elsewhere = subject.operations.elsewhere()
        if elsewhere:
            raise OpsError(f"{elsewhere}: run {subject.typed('bin/ops restart tunnel')} there")
        unit = f"{subject.operations.unit}.service"
        # What sudo runs is root's, so that we could not end it.
        ended = ["timeout", str(SECONDS)]
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        argv = [*as_root, *ended, "systemctl", "restart", unit]
        _run(argv, f"journalctl -u {unit} -n 30")
    else:
        with login_files(subject.login) as files:
            argv = impatient(ssh_command(subject.login, files, [NGINX], terminal=False))
            _run(argv, subject.typed("bin/ops logs nginx"))
    restarted = time.monotonic()
    for service in subject.operations.services:
        while True:
            if _answers(subject.operations, service):
                break
            if time.monotonic() - restarted > BACK_SECONDS:
                raise OpsError(
                    f"{part} was restarted, and {service.hostname} does not answer"
                    f" {BACK_SECONDS:.0f} s later: {subject.typed('bin/ops status')} says why"
                )
            time.sleep(0.2)
    return time.monotonic() - begun


def _answers(operations: Operations, service: Published) -> bool:
    stream = visit(operations, service).stream
    return stream is not None and stream.well


def _run(argv: list[str], look: str) -> None:
    late = OpsError(f"it did not restart within {SECONDS:.0f} s; look with: {look}")
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS + 5,
            check=False,
            env=clean_environment(),
        )
    except subprocess.TimeoutExpired:
        raise late from None
    except FileNotFoundError as error:
        raise OpsError(f"there is no {error.filename} here: apt-get install it") from None
    if done.returncode == TIMED_OUT:
        raise late
    if done.returncode:
        words = (done.stderr or done.stdout).strip() or f"exit status {done.returncode}"
        raise OpsError(f"it was not restarted: {words}; look with: {look}")
