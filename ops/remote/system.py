"""Facts of a host's system, each by one command that changes nothing; standard library alone."""

import base64
import calendar
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COMMAND_SECONDS = 4.0
_SHOWN = ("LoadState", "ActiveState", "SubState", "NRestarts", "StateChangeTimestampMonotonic")
_DISKS = {"ext4", "ext3", "xfs", "btrfs", "overlay", "tmpfs", "f2fs", "zfs"}
_PASSED_BY = ("/dev", "/sys", "/proc", "/run", "/snap", "/mnt", "/init", "/usr", "/boot")
_TCP = re.compile(r"\b(data_segs_out|retrans):(?:\d+/)?(\d+)|\brtt:([\d.]+)/")


def run(*argv: str) -> str:
    """A command's output and errors; empty where there is no such command."""
    if shutil.which(argv[0]) is None:
        return ""
    done = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=COMMAND_SECONDS,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    return done.stdout


def units(names: Sequence[str]) -> dict[str, Any]:
    """Each unit's state; `since` in seconds since 1970."""
    if not names:
        return {}
    text = run("systemctl", "show", "--property", "Id", "--property", ",".join(_SHOWN), *names)
    booted = time.time() - uptime()
    found = {}
    for name, block in zip(names, text.strip().split("\n\n"), strict=False):
        values = dict(line.partition("=")[::2] for line in block.splitlines())
        changed = int(values.get("StateChangeTimestampMonotonic") or 0) / 1e6
        found[name] = {
            "known": values.get("LoadState") == "loaded",
            "active": values.get("ActiveState", ""),
            "sub": values.get("SubState", ""),
            "restarts": int(values.get("NRestarts") or 0),
            "since": booted + changed if changed else None,
        }
    return found


def uptime() -> float:
    """Seconds since the host's kernel started."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def listeners() -> list[dict[str, Any]]:
    """Every TCP and UDP socket that waits for others: address, port, program."""
    found = []
    for line in run("ss", "-Hltunp").splitlines():
        words = line.split()
        address, _, port = words[4].rpartition(":")
        program = re.search(r'users:\(\("([^"]+)"', line)
        found.append(
            {
                "protocol": words[0],
                "address": address.partition("%")[0].strip("[]"),
                "port": int(port),
                "program": program[1] if program else "",
            }
        )
    return found


def disks() -> list[dict[str, Any]]:
    """The file systems that can fill up, sizes in bytes."""
    found, seen = [], set()
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        place, kind, options = line.split()[1:4]
        if kind not in _DISKS or "ro" in options.split(",") or place.startswith(_PASSED_BY):
            continue
        free = os.statvfs(place)
        identity = (free.f_blocks, free.f_bfree, free.f_files)
        if free.f_blocks and identity not in seen:
            seen.add(identity)
            sizes = {"size": free.f_blocks * free.f_frsize, "free": free.f_bavail * free.f_frsize}
            found.append({"place": place, **sizes, "files": free.f_files, "left": free.f_favail})
    return found


def journal(unit: str) -> list[str]:
    """The last 12 lines of a unit's journal, without times."""
    text = run("journalctl", "-q", "--no-pager", "-o", "cat", "-n", "12", "-u", unit)
    return text.splitlines()


def certificate_end(path: str) -> float:
    """When a certificate ends, in seconds since 1970."""
    text = run("openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in", path)
    moment = text.partition("=")[2].strip().rstrip("Z")
    return float(calendar.timegm(time.strptime(moment, "%Y-%m-%d %H:%M:%S")))


def fingerprints(path: str) -> list[str]:
    """The public keys in a file, as hashes: authorized_keys, or a .pub."""
    text = Path(path).read_text(encoding="utf-8")
    keys = re.findall(r"\b(AAAA[A-Za-z0-9+/=]+)", text)
    return [hashlib.sha256(base64.b64decode(key)).hexdigest() for key in keys]


def state(path: str) -> Any:
    """The decoded content of a JSON file. Raises OSError, ValueError."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def processes(account: str) -> int:
    """How many processes an account has."""
    return len(run("pgrep", "-u", account).split())


def table(name: str) -> bool:
    """Whether nftables has a table."""
    return f"table inet {name}" in run("nft", "list", "tables").splitlines()


def nginx_trouble() -> str:
    """What nginx dislikes about its configuration; empty when it likes it, or is not there."""
    text = run("nginx", "-t", "-q")
    return text.strip()[-600:]


def peers(port: int) -> dict[str, Any]:
    """Per peer of an ssh connection: packets sent, sent again, round trip in ms."""
    found: dict[str, Any] = {}
    lines = run("ss", "-Htin", f"( sport = :{port} or dport = :{port} )").splitlines()
    for head, details in zip(lines[::2], lines[1::2], strict=False):
        peer = head.split()[4].rpartition(":")[0]
        sums = found.setdefault(peer, {"sent": 0, "again": 0, "rtt_ms": None})
        for name, number, rtt in _TCP.findall(details):
            if rtt:
                sums["rtt_ms"] = min(float(rtt), sums["rtt_ms"] or float(rtt))
            else:
                sums["sent" if name == "data_segs_out" else "again"] += int(number)
    return found


def moved(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What went over each peer's connections between two looks; closed ones may hide some."""
    found = {}
    for peer, sums in after.items():
        old = before.get(peer, {"sent": 0, "again": 0})
        differences = {key: max(0, sums[key] - old[key]) for key in ("sent", "again")}
        found[peer] = {**differences, "rtt_ms": sums["rtt_ms"]}
    return found


def updates() -> dict[str, Any]:
    """How many packages wait to be updated, and whether a reboot does."""
    text = run("apt-get", "-s", "-q", "-o", "Debug::NoLocking=1", "upgrade")
    waiting = re.findall(r"^Inst (\S+)", text, re.MULTILINE)
    return {
        "packages": waiting,
        "security": sum("ecurity" in line for line in text.splitlines() if line[:5] == "Inst "),
        "reboot": Path("/run/reboot-required").exists(),
    }


def is_wsl(root: Path = Path("/")) -> bool:
    """Whether this is a WSL distribution, by the marks that the program goes by."""
    release = (root / "proc/sys/kernel/osrelease").read_text(encoding="utf-8")
    marks = ("run/WSL", "proc/sys/fs/binfmt_misc/WSLInterop")
    return "microsoft" in release.lower() or any((root / mark).exists() for mark in marks)
