"""The idle time-outs in the Windows user's .wslconfig, which all stacks and distributions share.

Whoever needs them is noted beside the file, and the last one to go puts back what was there.
"""

import dataclasses
import errno
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from components.windows.config_edit import Change, Edit, apply_settings, revert_settings

INSTANCE = "general.instanceIdleTimeout"
VM = "wsl2.vmIdleTimeout"
NEVER = "-1"
KNOWS_INSTANCE = (2, 5, 4)
"""The first WSL that knows INSTANCE; an older one complains of it at each start."""

FOLDER = ".vps-reverse-proxy"
_RECORD = "wslconfig.json"
_BACKUP = "wslconfig.backup"


def wanted_settings(wsl_version: tuple[int, ...] | None) -> dict[str, str]:
    """What .wslconfig shall say, as far as this WSL knows it (None: older than its own number)."""
    known = wsl_version is not None and wsl_version >= KNOWS_INSTANCE
    return {**({INSTANCE: NEVER} if known else {}), VM: NEVER}


@dataclass(frozen=True, kw_only=True)
class _Record:
    """What stands beside the file: our edit, its result (SHA-256), and who needs it."""

    edit: Edit
    written: str
    holders: tuple[str, ...]

    def dumps(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @staticmethod
    def loads(text: str) -> "_Record":
        raw = json.loads(text)
        changes = tuple(Change(**change) for change in raw["edit"]["changes"])
        return _Record(
            edit=Edit(existed=raw["edit"]["existed"], changes=changes),
            written=raw["written"],
            holders=tuple(raw["holders"]),
        )


@dataclass(frozen=True)
class IdleTimeouts:
    """The file .wslconfig in a user's Windows profile (as this Linux sees that folder)."""

    profile: Path

    @property
    def file(self) -> Path:
        """The file itself; it need not exist."""
        return self.profile / ".wslconfig"

    @property
    def folder(self) -> Path:
        """Where the backup and the note are, while anybody needs them."""
        return self.profile / FOLDER

    def hold(self, holder: str, wanted: Mapping[str, str]) -> bool:
        """Set them for one more; whether the file changed.

        Args:
            holder: Who needs them; a name.
            wanted: "section.key" -> value.

        Raises:
            ConfigFileError: The file is not text.
            OSError: A file cannot be read or written.
        """
        now, record = self._read(), self._record()
        original = self._original(now, record)
        new, edit = apply_settings(original, wanted)
        holders = {*(record.holders if record else ()), holder}
        # First the way back, then the change: a run that is cut short can be undone.
        self.folder.mkdir(exist_ok=True)
        if original is not None:
            (self.folder / _BACKUP).write_bytes(original)
        self._save(_Record(edit=edit, written=_digest(new), holders=tuple(sorted(holders))))
        if new == now:
            return False
        self.file.write_bytes(new)
        return True

    def try_out(self, wanted: Mapping[str, str]) -> None:
        """Whether `hold` could do it; nothing is changed.

        Raises:
            ConfigFileError: The file cannot be edited.
            OSError: It cannot be read or written.
        """
        apply_settings(self._original(self._read(), self._record()), wanted)
        for path in (self.profile, self.folder, self.file):
            if path.exists() and not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    def release(self, holder: str) -> bool:
        """Need them no more; the last one puts back what was there. Whether the file changed.

        Raises:
            ConfigFileError: The file is not text.
            OSError: A file cannot be read or written.
        """
        record = self._record()
        if record is None:
            return False
        left = tuple(name for name in record.holders if name != holder)
        if left:
            self._save(dataclasses.replace(record, holders=left))
            return False
        now = self._read()
        original = self._original(now, record)
        if original is None:
            self.file.unlink(missing_ok=True)
        elif original != now:
            self.file.write_bytes(original)
        for name in (_BACKUP, _RECORD):
            (self.folder / name).unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()
        return original != now

    def knows(self, holder: str) -> bool:
        """Whether this one is noted as needing them, whatever the file says now."""
        record = self._record()
        return record is not None and holder in record.holders

    def held_by(self, holder: str, wanted: Mapping[str, str]) -> bool:
        """Whether the file is what was written, for this one, and `hold` would change nothing.

        Args:
            holder: Who needs them.
            wanted: As `hold` takes it; another one when WSL has learnt of a setting since.
        """
        record = self._record()
        if record is None or holder not in record.holders or not self._untouched(record):
            return False
        now = self._read()
        return apply_settings(self._original(now, record), wanted)[0] == now

    def _untouched(self, record: _Record) -> bool:
        now = self._read()
        return now is not None and _digest(now) == record.written

    def _original(self, now: bytes | None, record: _Record | None) -> bytes | None:
        """The file without us: the backup, or what somebody made of it since, less our keys."""
        if record is None:
            return now
        backup = self.folder / _BACKUP
        if not record.edit.existed and self._untouched(record):
            return None
        if backup.exists() and self._untouched(record):
            return backup.read_bytes()
        return revert_settings(now, record.edit)

    def _read(self) -> bytes | None:
        return self.file.read_bytes() if self.file.exists() else None

    def _record(self) -> _Record | None:
        path = self.folder / _RECORD
        return _Record.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def _save(self, record: _Record) -> None:
        new = self.folder / f"{_RECORD}.new"
        new.write_text(record.dumps(), encoding="utf-8")
        new.replace(self.folder / _RECORD)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
