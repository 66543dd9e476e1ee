"""The lab's WSL host: what makes it look like WSL, its speech services, the program on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from lab import hosts, world
from lab.hostspec import HostFile, host_dir
from lab.images.layers import SERVICES
from lab.images.releases import DEFAULT
from lab.listening import wait_listening
from lab.paths import checkout_dir, lab_dir
from lab.processes import write_atomically
from lab.transfer import checkout_files, put, transfer
from lab.windows.drive import RELAY
from lab.windows.files import drive_files

NAME = world.WSL.name
USER = "speech"
PROGRAM = f"/home/{USER}/vps-reverse-proxy"
PROGRAM_VENV = "/opt/lab/program-venv"
SOURCES = "/opt/lab/src"
STACK_FILE = "Pulumi.dev.yaml"
UNITS = {"asr": 8001, "tts": 8002}  # unit and its port on the loopback
SERVICE_SECONDS = 60.0  # to load the speech model on a busy machine
FILES = Path(__file__).with_name("wsl_files")
_SYSTEM = "/etc/systemd/system"


@dataclass(frozen=True, kw_only=True)
class Looks:
    """Files and symlinks that a host has beside what its layer brings."""

    files: dict[str, HostFile] = field(default_factory=dict)
    symlinks: dict[str, str] = field(default_factory=dict)


def looks(image: str = DEFAULT) -> Looks:
    """What the program finds on a real WSL, and the units of the services to publish."""
    service = (FILES / "speech.service").read_text()
    units = {f"{name}.service": service.replace("@NAME@", name) for name in UNITS}
    units["wsl-looks.service"] = (FILES / "wsl-looks.service").read_text()
    wanted = {name: "sysinit" if name == "wsl-looks.service" else "multi-user" for name in units}
    units["windows-tasks.service"] = (FILES / "windows-tasks.service").read_text()
    units["windows-tasks.timer"] = (FILES / "windows-tasks.timer").read_text()
    wanted["windows-tasks.timer"] = "timers"
    return Looks(
        files={
            "/etc/wsl.conf": HostFile(text="[boot]\nsystemd=true\n"),
            "/usr/local/sbin/wsl-looks": HostFile(
                text=(FILES / "wsl-looks.sh").read_text(), mode=0o755
            ),
            RELAY: HostFile(text=(FILES / "wsl-relay.sh").read_text(), mode=0o755),
            **{f"{_SYSTEM}/{name}": HostFile(text=text) for name, text in units.items()},
            **({} if image == DEFAULT else _services_elsewhere()),
            **drive_files(),
        },
        symlinks={
            f"{_SYSTEM}/{target}.target.wants/{name}": f"{_SYSTEM}/{name}"
            for name, target in wanted.items()
        },
    )


def _services_elsewhere() -> dict[str, HostFile]:
    """What has the speech services run in debian-12's root, on another release."""
    text = (FILES / "speech-elsewhere.conf").read_text().replace("@ROOT@", SERVICES)
    return {f"{_SYSTEM}/{name}.service.d/root.conf": HostFile(text=text) for name in UNITS}


def sync_sources(lab: str) -> None:
    """Put this package where the hosts' own Python finds it; services that changed start anew."""
    package = Path(__file__).parent
    files = {
        f"lab/{path.relative_to(package)}": path
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    transfer(lab, world.CLIENT.name, files, SOURCES, owner="root")
    changed = transfer(lab, NAME, files, SOURCES, owner="root")
    if any(name.startswith("lab/speech/") for name in changed):
        hosts.run_in(lab, NAME, ["systemctl", "restart", *UNITS])


def wait_services(lab: str) -> None:
    """Wait until both speech services listen. Raises NotReadyError with their journal."""

    def journal() -> str:
        units = [f"--unit={name}" for name in UNITS]
        argv = ["journalctl", "--no-pager", "--lines=30", *units]
        return hosts.run_in(lab, NAME, argv, check=False).stdout.decode(errors="replace")

    wait_listening(
        hosts.leader(lab, NAME).pid,
        [("tcp", port) for port in UNITS.values()],
        seconds=SERVICE_SECONDS,
        what="the speech services on wsl",
        alive=lambda: hosts.running(lab, NAME),
        log=journal,
    )


def sync_program(lab: str, *, reset: bool = False) -> None:
    """Copy the checkout to the user's folder on the WSL host, as `git clone` would.

    Files that went from the checkout go there, too; what else is there stays. The stack's file is
    overwritten only when the checkout's own changed since the last copy, or with `reset`, so that
    `pulumi config set` in the lab lasts.
    """
    checkout = checkout_dir()
    files = {name: checkout / name for name in checkout_files(checkout)}
    stack = files.pop(STACK_FILE, None)
    transfer(lab, NAME, files, PROGRAM, owner=USER)
    if not _mark(lab, "venv").exists():
        venv = ["ln", "--symbolic", "--force", "--no-dereference", PROGRAM_VENV, f"{PROGRAM}/.venv"]
        hosts.run_in(lab, NAME, venv)
        _mark(lab, "venv").touch()
    if stack is not None:
        _sync_stack_file(lab, stack.read_bytes(), reset=reset)


def _sync_stack_file(lab: str, content: bytes, *, reset: bool) -> None:
    digest = hashlib.sha256(content).hexdigest()
    mark = _mark(lab, "stack-file")
    if not reset and mark.exists() and mark.read_text() == digest:
        return
    put(lab, NAME, f"{PROGRAM}/{STACK_FILE}", content, owner=USER, mode="644")
    write_atomically(mark, digest)


def _mark(lab: str, name: str) -> Path:
    return host_dir(lab, NAME) / f"synced-{name}"


def tokens_file(lab: str) -> Path:
    """The lab's own API tokens: cloud -> token."""
    return lab_dir(lab) / "tokens.json"
