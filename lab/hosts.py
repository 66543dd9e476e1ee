"""The lab's hosts: real Debian systems under systemd-nspawn; boot, look inside, stop, remove."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from lab import cgroups, net, world
from lab.hostspec import HostSpec, host_dir, spec_file
from lab.hoststate import (
    BOOT_SECONDS,
    POLL_SECONDS,
    HostError,
    HostState,
    leader,
    logs,
    names,
    process_file,
    running,
    spec_of,
    state,
)
from lab.namespaces import netns_file
from lab.processes import PATH, python, saved, start_daemon

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["HostError", "HostSpec", "HostState", "leader", "names", "running", "state"]

STOP_SECONDS = 30.0  # more than the supervisor gives the host before it pulls the plug

# The whole environment of what runs inside a host: nothing of the caller's, whose tokens must not
# enter the lab.
ENVIRONMENT = {"PATH": PATH, "HOME": "/root", "USER": "root", "LANG": "C.UTF-8", "TERM": "xterm"}

# The parent of what runs inside, itself not of the host's processes. nsenter as a parent would stop
# with its child, for good: a host that shuts down stops all of its processes for a moment, and one
# that died and was not waited for would keep the host from ever booting again. It runs nothing
# itself, such as its own `kill`, which would mean the machine's processes: only its children are in
# the host's namespace of them.
WAITS = ["/bin/sh", "-c", '(exec "$@"); exit "$?"', "sh"]


def boot(lab: str, spec: HostSpec) -> None:
    """Make a host from its specification and switch it on; `net` has made its link.

    Returns at once: see `wait_booted`.
    """
    if running(lab, spec.name):
        raise HostError(f"host {spec.name} of lab {lab} runs already")
    spec.save(lab)
    _power_on(lab, spec.name)


def start(lab: str, name: str) -> None:
    """Switch a stopped host on again; nothing happens when it runs."""
    if not running(lab, name):
        net.reset(lab, spec_of(lab, name).attachment)
        _power_on(lab, name)


def _power_on(lab: str, name: str) -> None:
    directory = host_dir(lab, name)
    cgroups.kill(cgroups.of_host(lab, name))  # what a supervisor that crashed left running
    (directory / "state.json").unlink(missing_ok=True)
    start_daemon(
        cgroups.of_host(lab, name) / "supervisor",
        python("lab.supervisor", lab, name),
        log=directory / "supervisor.log",
        process_file=process_file(lab, name),
    )


def wait_booted(lab: str, name: str, *, seconds: float = BOOT_SECONDS, boots: int = 1) -> HostState:
    """Wait until the host's systemd has started all there is to start, `boots` times at least.

    Raises HostError with the host's console when it ends or takes too long.
    """
    deadline = time.monotonic() + seconds
    while not ((now := state(lab, name)).ready and now.boots >= boots):
        if not running(lab, name):
            raise HostError(f"host {name} of lab {lab} ended while booting:\n{logs(lab, name)}")
        if time.monotonic() > deadline:
            raise HostError(
                f"host {name} of lab {lab} is not up after {seconds:.0f} s:\n{logs(lab, name)}"
            )
        time.sleep(POLL_SECONDS)
    return now


def stop(lab: str, name: str) -> None:
    """Shut the host down cleanly (by force after 20 s) and wait for it; fine when it is off."""
    process = saved(process_file(lab, name))
    if process is not None:
        process.send(signal.SIGTERM)
    _wait_off(lab, name)


def kill(lab: str, name: str) -> None:
    """Pull the plug: every process of the host ends at once; fine when it is off."""
    cgroups.kill(cgroups.of_host(lab, name))
    _wait_off(lab, name)


def delete(lab: str, name: str) -> None:
    """Remove a host: power, link, namespace, disk; fine when it does not exist."""
    if not spec_file(lab, name).exists():
        return
    kill(lab, name)
    net.detach(lab, spec_of(lab, name).attachment)
    shutil.rmtree(host_dir(lab, name))


def wipe(lab: str, name: str) -> None:
    """Throw the disk of a stopped host away; the next boot begins with a fresh one."""
    directory = host_dir(lab, name)
    for part in ("upper", "work"):
        shutil.rmtree(directory / part, ignore_errors=True)
    (directory / "prepared").unlink(missing_ok=True)


def entry(lab: str, host: str) -> list[str]:
    """The beginning of a command line that runs the rest inside a host, as its root.

    `infra` is a process of the machine: only its network is entered. Raises HostError when the
    host is not running, or the lab not up.
    """
    if host == world.INFRA.name:
        if not netns_file(lab, host).exists():
            raise HostError(f"lab {lab} is not up: run bin/lab --lab {lab} up")
        inside = ["nsenter", f"--net={netns_file(lab, host)}", "--"]
        return cgroups.entering(cgroups.of_daemons(lab), inside)  # it must not outlive the lab
    inside = ["nsenter", "--target", str(leader(lab, host).pid), "--all", "--no-fork", "--"]
    return [*inside, *WAITS]


def run_in(
    lab: str,
    host: str,
    argv: Sequence[str],
    *,
    input: bytes | None = None,  # noqa: A002 - as subprocess.run names it
    check: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command as root inside a host and collect its output.

    Raises HostError with the command's output when it fails and `check` is set.
    """
    done = subprocess.run(
        [*entry(lab, host), *argv],
        input=input if input is not None else b"",
        capture_output=True,
        env=ENVIRONMENT,
        cwd="/",
        check=False,
    )
    if check and done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace").strip()
        raise HostError(f"{argv[0]} on {host} ended with {done.returncode}: {said}")
    return done


def _wait_off(lab: str, name: str) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while running(lab, name):
        if time.monotonic() > deadline:
            raise HostError(f"host {name} of lab {lab} does not stop:\n{logs(lab, name)}")
        time.sleep(POLL_SECONDS)
