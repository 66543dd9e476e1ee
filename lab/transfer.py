"""Copies files of the checkout to a host: new ones arrive, changed ones too, removed ones go."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
from typing import TYPE_CHECKING

from lab.hosts import run_in
from lab.hostspec import host_dir
from lab.processes import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_UNPACK = """\
set -e
mkdir -p "$1"
chown "$2:$2" "$1"
tar --extract --directory "$1" --preserve-permissions
"""
_REMOVE = """\
cd "$1"
while IFS= read -r name; do
  rm -f -- "$name"
  rmdir --parents --ignore-fail-on-non-empty -- "$(dirname -- "$name")" 2>/dev/null || true
done
"""
# `install` of uutils does not write what it reads from a pipe over a file that is there.
_PUT = """\
set -e
rm -f -- "$1"
install -m "$2" -o "$3" -g "$3" /dev/stdin "$1"
"""


class CheckoutError(RuntimeError):
    """The checkout's files cannot be listed."""


def checkout_files(checkout: Path) -> list[str]:
    """What a commit of everything would hold: tracked and new files, not the ignored ones."""
    # The checkout may belong to the user that called sudo; it is only listed.
    git = ["git", "-c", f"safe.directory={checkout}", "-C", str(checkout)]
    listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run([*git, *listing], capture_output=True, check=False)
    if listed.returncode:
        said = listed.stderr.decode(errors="replace").strip()
        raise CheckoutError(
            f"{checkout} is not a git checkout that can be read: {said}\n"
            f"An unpacked archive becomes one by: git init {checkout}"
        )
    names = sorted(name for name in listed.stdout.decode().split("\0") if name)
    return [name for name in names if (checkout / name).is_symlink() or (checkout / name).is_file()]


def fingerprint(files: Mapping[str, Path]) -> dict[str, str]:
    """Name -> what makes a file differ: kind, mode, content."""
    return {name: _digest(path) for name, path in files.items()}


def _digest(path: Path) -> str:
    if path.is_symlink():
        return f"link {path.readlink()}"
    mode = "x" if path.stat().st_mode & 0o100 else "-"
    return mode + hashlib.sha256(path.read_bytes()).hexdigest()


def transfer(
    lab: str, host: str, files: Mapping[str, Path], target: str, *, owner: str
) -> set[str]:
    """Make `target` on the host hold these files (name below it -> file here) as `owner`'s.

    Other files there stay, unless an earlier transfer brought them. Returns the names that
    changed since the last transfer.
    """
    record = host_dir(lab, host) / f"sent{target.replace('/', '-')}.json"
    now = fingerprint(files)
    before: dict[str, str] = json.loads(record.read_text()) if record.exists() else {}
    changed = {name for name in now if now[name] != before.get(name)}
    removed = before.keys() - now.keys()
    if changed or not before:
        archive = _archive({name: files[name] for name in sorted(changed)}, owner)
        run_in(lab, host, ["sh", "-c", _UNPACK, "sh", target, owner], input=archive)
    if removed:
        names = "".join(f"{name}\n" for name in sorted(removed)).encode()
        run_in(lab, host, ["sh", "-c", _REMOVE, "sh", target], input=names)
    if changed or removed:
        write_atomically(record, json.dumps(now))
    return changed | removed


def put(lab: str, host: str, path: str, content: bytes, *, owner: str, mode: str) -> None:
    """Write one file of `owner`'s on the host; its folder is there. `mode`: octal, as `600`."""
    run_in(lab, host, ["sh", "-c", _PUT, "sh", path, mode, owner], input=content)


def _archive(files: Mapping[str, Path], owner: str) -> bytes:
    """A tar file of them and the directories above them, all owned by `owner`."""

    def owned(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uname = member.gname = owner
        member.uid = member.gid = 65534  # only where the name does not exist
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in _parents(files):
            directory = tarfile.TarInfo(name)
            directory.type = tarfile.DIRTYPE
            archive.addfile(owned(directory))
        for name, path in files.items():
            archive.add(path, arcname=name, recursive=False, filter=owned)
    return buffer.getvalue()


def _parents(names: Iterable[str]) -> list[str]:
    found = set()
    for name in names:
        while name := name.rpartition("/")[0]:
            found.add(name)
    return sorted(found)
