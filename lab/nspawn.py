"""How systemd-nspawn boots a host: the disk it is given, what it may see, its command line."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from lab.hostspec import host_dir
from lab.mounts import mount, overlay
from lab.processes import PATH

if TYPE_CHECKING:
    from lab.hostspec import HostSpec

RUN = Path("/run")
ROOT = RUN / "root"  # the host's disk, seen by the supervisor and nspawn only
NOTIFY = RUN / "notify"
CGROUPS = Path("/sys/fs/cgroup")

# What an administrator of a real machine may do beside nspawn's defaults. Not CAP_SYS_TIME: the
# machine's clock is nobody's.
CAPABILITIES = "CAP_NET_ADMIN,CAP_IPC_LOCK"

ENVIRONMENT = {
    "PATH": PATH,
    "NOTIFY_SOCKET": str(NOTIFY),
    "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",  # sysctl in its own namespace
    "SYSTEMD_NSPAWN_TMPFS_TMP": "0",  # Debian's /tmp is on the disk
    "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
}


def assemble(lab: str, spec: HostSpec) -> None:
    """Mount the host's disk at ROOT and hide the machine's /run and /tmp from nspawn.

    nspawn keeps locks in /run and a scratch directory in /tmp, which a kill would leave behind.
    Without /run it also finds neither systemd nor D-Bus, so every machine looks the same to it.
    """
    directory = host_dir(lab, spec.name)
    upper, work = directory / "upper", directory / "work"
    for part in (upper, work):
        part.mkdir(exist_ok=True)
    mount("tmpfs", RUN, "mode=755")
    ROOT.mkdir()
    if spec.root_spare_mb:
        upper, work = limited(upper, spec.root_spare_mb)
    overlay(ROOT, lowers=spec.lowers, upper=upper, work=work)
    prepared = directory / "prepared"
    if not prepared.exists():
        for path, content in spec.all_files(lab).items():
            file = place(path)
            file.touch(mode=0o600)
            file.write_text(content.text)
            file.chmod(content.mode)
        for path, target in spec.symlinks.items():
            place(path).symlink_to(target)
        prepared.touch()


def limited(upper: Path, spare_mb: int) -> tuple[Path, Path]:
    """A copy of a disk's writable part where only so much more fits; and its work directory."""
    disk = RUN / "disk"
    disk.mkdir()
    used = subprocess.run(["du", "-sm", upper], capture_output=True, text=True, check=True).stdout
    mount("tmpfs", disk, f"mode=755,size={int(used.split()[0]) + spare_mb}m")
    subprocess.run(["cp", "-a", upper, disk / "upper"], check=True)
    (disk / "work").mkdir()
    return disk / "upper", disk / "work"


def hide_machine() -> None:
    """The rest of `assemble`, once no file of the machine is needed any more."""
    mount("tmpfs", "/tmp")  # nosec B108 - the new host's own
    if not (CGROUPS / "cgroup.controllers").exists():  # version 1 is there: nspawn needs version 2
        mount("cgroup2", CGROUPS)


def place(path: str) -> Path:
    """Make room in the host's disk for a file of root's."""
    file = ROOT / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)  # never write through a symlink: it would lead out of the disk
    return file


def command_line(spec: HostSpec, netns: int) -> list[str]:
    """The nspawn command; `netns` is our descriptor of the host's network namespace."""
    return [
        "systemd-nspawn",
        "--quiet",
        "--boot",
        "--register=no",
        "--keep-unit",
        f"--machine={spec.name}",
        f"--hostname={spec.hostname or spec.name}",
        f"--directory={ROOT}",
        f"--network-namespace-path=/proc/{os.getpid()}/fd/{netns}",
        f"--capability={CAPABILITIES}",
        "--bind=/dev/net/tun",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        "--notify-ready=yes",
        "--console=read-only",
    ]
