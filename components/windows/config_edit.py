"""Setting keys in a .wslconfig, and taking them out again; nothing else of the file changes.

Pure functions from bytes to bytes: the file's encoding and line ends stay what they are.
"""

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components.windows.config_syntax import Entry, Header, find, scan, value_of


class ConfigFileError(Exception):
    """A .wslconfig that cannot be edited; its text says why."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One setting that was set.

    Attributes:
        setting: "section.key".
        ours: The value it got.
        before: The value as it was written before; None where there was none.
        new_section: Whether the section's header is ours, too.
    """

    setting: str
    ours: str
    before: str | None
    new_section: bool


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What was done to a file; `existed` is whether there was one before."""

    existed: bool
    changes: tuple[Change, ...]


def apply_settings(data: bytes | None, wanted: Mapping[str, str]) -> tuple[bytes, Edit]:
    """The file with these settings ("section.key" -> value), and what that changed.

    Args:
        data: The file; None where there is none.
        wanted: What it shall say.

    Raises:
        ConfigFileError: It is not text.
    """
    text, encoding = _decode(data or b"")
    changes = []
    for setting, value in wanted.items():
        text, change = _set(text, setting, value)
        if change is not None:
            changes.append(change)
    return encoding.encode(text), Edit(existed=data is not None, changes=tuple(changes))


def read_settings(data: bytes, names: Iterable[str]) -> dict[str, str]:
    """The values of some settings ("section.key"), without those that are not set.

    Raises:
        ConfigFileError: It is not text.
    """
    text, _ = _decode(data)
    values = {name: value_of(text, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def revert_settings(data: bytes | None, edit: Edit) -> bytes | None:
    """The file as it would be without the edit; what somebody changed since stays.

    None where there is no file, or need not be one any more.

    Raises:
        ConfigFileError: It is not text.
    """
    if data is None:
        return None
    text, encoding = _decode(data)
    for change in reversed(edit.changes):
        text = _put_back(text, change)
    return None if not edit.existed and not text.strip() else encoding.encode(text)


@dataclass(frozen=True)
class _Encoding:
    mark: bytes
    codec: str

    def encode(self, text: str) -> bytes:
        return self.mark + text.encode(self.codec, "surrogatepass")


def _decode(data: bytes) -> tuple[str, _Encoding]:
    """By the mark in front, as Windows does; without one every byte is kept as it is."""
    if data.startswith(codecs.BOM_UTF16_LE):
        encoding = _Encoding(codecs.BOM_UTF16_LE, "utf-16-le")
        try:
            return data[2:].decode("utf-16-le", "surrogatepass"), encoding
        except UnicodeDecodeError as error:
            raise ConfigFileError("it is not text") from error
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    return data[len(mark) :].decode("latin-1"), _Encoding(mark, "latin-1")


def _line_end(text: str) -> str:
    """That of the first line; a file of Windows has both characters."""
    first = text.partition("\n")[0] if "\n" in text else "\r"
    return "\r\n" if first.endswith("\r") else "\n"


def _set(text: str, setting: str, value: str) -> tuple[str, Change | None]:
    section, _, key = setting.partition(".")
    entry = find(text, setting)
    if entry is not None:
        before = text[entry.value_start : entry.value_end]
        new = text[: entry.value_start] + value + text[entry.value_end :]
        change = Change(setting=setting, ours=value, before=before, new_section=False)
        return new, None if before == value else change
    end = _line_end(text)
    for item in scan(text):
        if isinstance(item, Header) and item.name.lower() == section.lower():
            line = f"{key}={value}{end}"
            if not text[: item.end].endswith("\n"):
                line = end + line.removesuffix(end)
            new = text[: item.end] + line + text[item.end :]
            return new, Change(setting=setting, ours=value, before=None, new_section=False)
    return _append(text, setting, value), Change(
        setting=setting, ours=value, before=None, new_section=True
    )


def _append(text: str, setting: str, value: str) -> str:
    """A new section at the end; the last line has a line end where the file's last one had."""
    section, _, key = setting.partition(".")
    end = _line_end(text)
    before = _settings(text)
    block = f"[{section}]{end}{key}={value}"
    if not text or text.endswith("\n"):
        block += end
    else:
        text += end
    # A last line that ends with a backslash would take our first one in.
    for gap in ("", end):
        new = text + gap + block
        if value_of(new, setting) == value and _settings(new)[:-1] == before:
            return new
    raise ConfigFileError("its last line ends with a backslash, which joins it with the next one")


def _settings(text: str) -> list[tuple[str, str]]:
    """What WSL would take from a file."""
    return [
        (item.name, text[item.value_start : item.value_end].rstrip("\\\r\n \t"))
        for item in scan(text)
        if isinstance(item, Entry)
    ]


def _put_back(text: str, change: Change) -> str:
    entry = find(text, change.setting)
    if entry is None or text[entry.value_start : entry.value_end] != change.ours:
        return text
    if change.before is not None:
        return text[: entry.value_start] + change.before + text[entry.value_end :]
    text = _without(text, entry.start, entry.end)
    return _without_empty(text, change.setting.partition(".")[0]) if change.new_section else text


def _without_empty(text: str, section: str) -> str:
    """Without the header of a section in which nothing stands any more."""
    headers = [item for item in scan(text) if isinstance(item, Header)]
    ends = [header.start for header in headers[1:]] + [len(text)]
    for header, end in zip(headers, ends, strict=True):
        if header.name.lower() == section.lower() and not text[header.end : end].strip():
            return _without(text, header.start, header.end)
    return text


def _without(text: str, start: int, end: int) -> str:
    """Without these lines; a file whose last line had no line end has none afterwards."""
    before, after = text[:start], text[end:]
    if not after and not text.endswith("\n"):
        before = before.removesuffix("\n").removesuffix("\r")
    return before + after
