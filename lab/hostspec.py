"""What a host of the lab is: written once when it is made, read by its supervisor at every boot."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass, field
from ipaddress import IPv4Address, IPv6Interface
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab import net, world
from lab.ca import ROOT_NAME
from lab.paths import lab_dir
from lab.processes import write_atomically

if TYPE_CHECKING:
    from lab.world import Role

CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
CA_SOURCE = "/usr/local/share/ca-certificates/lab.crt"  # for update-ca-certificates


@dataclass(frozen=True, kw_only=True)
class HostFile:
    """A file of root's that a host has before its first boot."""

    text: str
    mode: int = 0o644


@dataclass(frozen=True, kw_only=True)
class HostSpec:
    """One host: where it hangs, what its disk starts as.

    `lowers` are read-only directories, topmost first. `files` and `symlinks` map absolute paths in
    the host to what is there (or pointed to) before the first boot of this disk. A fresh disk gets
    a new `machine_id`. With `root_spare_mb` the disk is limited to what is on it and so much more,
    and what is written to it is lost when the host ends.
    """

    name: str
    role: Role
    lowers: tuple[Path, ...]
    address: IPv4Address | None = None
    address6: IPv6Interface | None = None
    router: str = net.CORE
    hostname: str = ""
    files: dict[str, HostFile] = field(default_factory=dict)
    symlinks: dict[str, str] = field(default_factory=dict)
    machine_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    root_spare_mb: int = 0

    @property
    def attachment(self) -> net.Attachment:
        """Its link."""
        return net.Attachment(
            name=self.name, address=self.address, address6=self.address6, router=self.router
        )

    def all_files(self, lab: str) -> dict[str, HostFile]:
        """Its own files and those every host has."""
        hostname = self.hostname or self.name
        # One line a name: 127.0.1.1 is Debian's custom for a host's own.
        known = f"127.0.0.1\tlocalhost\n127.0.1.1\t{hostname}\n::1\tlocalhost ip6-localhost\n"
        root = (lab_dir(lab) / ROOT_NAME).read_text()
        return {
            "/etc/hostname": HostFile(text=f"{hostname}\n"),
            "/etc/hosts": HostFile(text=known),
            "/etc/resolv.conf": HostFile(text=f"nameserver {world.RESOLVER}\n"),
            "/etc/machine-id": HostFile(text=f"{self.machine_id}\n", mode=0o444),
            CA_SOURCE: HostFile(text=root),
            CA_BUNDLE: HostFile(text=self._text_below(CA_BUNDLE) + root),
            **self.files,
        }

    def _text_below(self, path: str) -> str:
        """A text file of the disk's read-only part, empty when there is none."""
        for lower in self.lowers:
            file = lower / path.lstrip("/")
            if file.is_file():
                return file.read_text()
        return ""

    def save(self, lab: str) -> None:
        """Keep it; a user data's secrets make the file ours alone."""
        file = spec_file(lab, self.name)
        file.parent.mkdir(parents=True, exist_ok=True)
        fields = asdict(self)
        if not self.root_spare_mb:
            # A lab that is up may have processes of a version that did not know it.
            del fields["root_spare_mb"]
        write_atomically(file, json.dumps(fields, default=str))


def host_dir(lab: str, name: str) -> Path:
    """A host's files: its specification, its disk, its logs."""
    return lab_dir(lab) / "hosts" / name


def spec_file(lab: str, name: str) -> Path:
    """Where `HostSpec.save` keeps it."""
    return host_dir(lab, name) / "spec.json"


def load_spec(lab: str, name: str) -> HostSpec:
    """What `HostSpec.save` kept. Raises FileNotFoundError when the lab has no such host."""
    raw: dict[str, Any] = json.loads(spec_file(lab, name).read_text())
    raw["lowers"] = tuple(map(Path, raw["lowers"]))
    raw["address"] = raw["address"] and IPv4Address(raw["address"])
    raw["address6"] = raw["address6"] and IPv6Interface(raw["address6"])
    raw["files"] = {path: HostFile(**content) for path, content in raw["files"].items()}
    return HostSpec(**raw)
