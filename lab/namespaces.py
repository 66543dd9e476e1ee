"""Network namespaces of a lab: made, entered, and all removed again; nothing outside them."""

from __future__ import annotations

import fcntl
import json
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lab.mounts import unmount
from lab.paths import cache_dir

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

RUN_NETNS = Path("/run/netns")  # where `ip netns` keeps the names
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class NetworkError(RuntimeError):
    """A command that shapes the lab's network failed."""


def namespace(lab: str, name: str) -> str:
    """The namespace of a host (or of the routers `core` and `home`), as `ip netns` lists it."""
    return f"lab-{lab}-{name}"


def any_left() -> bool:
    """Whether some lab, of whatever checkout or cache, is on this machine."""
    return any(RUN_NETNS.glob("lab-*"))


def netns_file(lab: str, name: str) -> Path:
    """The file that stands for the namespace."""
    return RUN_NETNS / namespace(lab, name)


def run(argv: Sequence[str], text: str | None = None) -> str:
    """Run a network command, `text` on its input. Raises NetworkError with what it said."""
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip() or f"exit status {done.returncode}"
        raise NetworkError(f"{' '.join(argv)}: {said}\ninput was:\n{text or ''}")
    return done.stdout


def ip_batch(commands: Iterable[str], *, inside: str | None = None) -> None:
    """Run many `ip` commands in one process, in the machine's or in a named namespace."""
    where = ["-n", inside] if inside else []
    run(["ip", *where, "-batch", "-"], "\n".join(commands) + "\n")


def enter(inside: str) -> list[str]:
    """The beginning of a command line that runs the rest in a namespace of the network only."""
    return ["nsenter", f"--net={RUN_NETNS / inside}", "--"]


def set_sysctls(inside: str, settings: dict[str, int | str]) -> None:
    """Set kernel parameters below net/ in a namespace; they are its own."""
    lines = [f"echo {value} >/proc/sys/net/{key}" for key, value in settings.items()]
    run([*enter(inside), "sh", "-e"], "\n".join(lines) + "\n")


def load_nftables(inside: str, ruleset: str) -> None:
    """Apply a ruleset in one transaction."""
    run([*enter(inside), "nft", "-f", "-"], ruleset)


def add(names: Sequence[str]) -> None:
    """Make namespaces by their full names."""
    with _bookkeeping():
        _remember_run_netns()
        ip_batch(f"netns add {name}" for name in names)


def delete(names: Sequence[str]) -> None:
    """Remove namespaces by their full names; a missing one is no error."""
    with _bookkeeping():
        present = [name for name in names if (RUN_NETNS / name).exists()]
        if present:
            ip_batch(f"netns del {name}" for name in present)
        _restore_run_netns()


def of_lab(lab: str) -> list[str]:
    """The full names of all namespaces of a lab."""
    return sorted(path.name for path in RUN_NETNS.glob(f"lab-{lab}-*"))


@contextmanager
def _bookkeeping() -> Iterator[None]:
    """One process at a time makes or removes namespaces: /run/netns comes and goes with them."""
    directory = cache_dir() / "locks"
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "netns.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _record() -> Path:
    return cache_dir() / "locks" / "run-netns.json"


def _mounted() -> bool:
    """Whether /run/netns is a mount point; a bind mount of the same file system shows only here."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return any(line.split()[4] == str(RUN_NETNS) for line in lines)


def _remember_run_netns() -> None:
    """Note what /run/netns was before the first lab: `ip netns add` makes and mounts it."""
    boot = BOOT_ID.read_text().strip()
    record = _record()
    if record.exists() and json.loads(record.read_text())["boot"] == boot:
        return
    was = {"boot": boot, "existed": RUN_NETNS.exists(), "mounted": _mounted()}
    record.write_text(json.dumps(was))


def _restore_run_netns() -> None:
    """After the last namespace make /run/netns what it was; others' namespaces keep it."""
    record = _record()
    if not record.exists():
        return
    was = json.loads(record.read_text())
    if was["boot"] == BOOT_ID.read_text().strip():
        if RUN_NETNS.is_dir() and any(RUN_NETNS.iterdir()):
            return
        while not was["mounted"] and _mounted():
            unmount(RUN_NETNS)
        if not was["existed"] and RUN_NETNS.exists():
            RUN_NETNS.rmdir()
    record.unlink()
