"""Keys are set in a .wslconfig and taken out again; every other byte stays."""

import codecs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.windows.config_edit import (
    ConfigFileError,
    Edit,
    apply_settings,
    revert_settings,
)
from components.windows.config_syntax import Entry, find, scan, value_of

INSTANCE, VM = "general.instanceIdleTimeout", "wsl2.vmIdleTimeout"
WANTED = {INSTANCE: "-1", VM: "-1"}

PIECES = st.sampled_from(
    [
        "[general]",
        "[WSL2]",
        "[wsl2] # machine",
        "[experimental]",
        "[wsl 2]",
        "instanceIdleTimeout=15000",
        "  vmIdleTimeout = 60000  # a minute",
        "vmidletimeout=-1",
        "memory=8GB",
        "processors = 4 ",
        "kernelCommandLine = quiet \\",
        'kernelCommandLine = "a # b" c',
        'swapFile="C:\\\\swap',
        "kernel=C:\\bad",
        "# [general]",
        "; not a comment",
        "",
        "   ",
        "=",
        "key",
    ]
)
TEXTS = st.builds(
    lambda lines, end, last: end.join(lines) + (end if last else ""),
    st.lists(PIECES, max_size=12),
    st.sampled_from(["\r\n", "\n"]),
    st.booleans(),
)
FILES = TEXTS.filter(lambda text: not text.endswith("\\")).flatmap(
    lambda text: st.sampled_from(
        [
            text.encode(),
            codecs.BOM_UTF8 + text.encode(),
            codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        ]
    )
)


def text_of(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF16_LE):
        return data.decode("utf-16")
    return data.removeprefix(codecs.BOM_UTF8).decode()


def others(text: str) -> dict[str, str]:
    """What WSL would take from a file beside our two settings."""
    found: dict[str, str] = {}
    for item in scan(text):
        if isinstance(item, Entry) and item.name.lower() not in {
            setting.lower() for setting in WANTED
        }:
            value = text[item.value_start : item.value_end]
            found.setdefault(item.name.lower(), value.replace("\\\r\n", "").replace("\\\n", ""))
    return found


@given(FILES)
@example(b"[general]")
@example(b"[wsl2]\r\nmemory=8GB")
def test_our_settings_count_and_no_other_changes(data: bytes) -> None:
    new, _ = apply_settings(data, WANTED)

    text = text_of(new)
    assert {setting: value_of(text, setting) for setting in WANTED} == WANTED
    assert others(text) == others(text_of(data))


@given(FILES)
def test_setting_them_twice_changes_nothing(data: bytes) -> None:
    once, _ = apply_settings(data, WANTED)
    twice, edit = apply_settings(once, WANTED)

    assert twice == once
    assert edit.changes == ()


@given(FILES)
def test_taken_out_again_every_setting_is_what_it_was(data: bytes) -> None:
    new, edit = apply_settings(data, WANTED)
    back = revert_settings(new, edit)

    assert back is not None
    text, before = text_of(back), text_of(data)
    assert others(text) == others(before)
    for setting in WANTED:
        assert value_of(text, setting) == value_of(before, setting)


WHOLE_LINES = st.lists(
    st.sampled_from(
        ["[wsl2]", "[general]", "memory=8GB", "# note", "", "vmIdleTimeout=60000 # mine"]
    ),
    max_size=8,
).flatmap(
    lambda lines: st.sampled_from(["\r\n", "\n"]).flatmap(
        lambda end: st.sampled_from([end.join(lines), end.join([*lines, ""])])
    )
)


@given(WHOLE_LINES)
def test_an_ordinary_file_comes_back_byte_for_byte(text: str) -> None:
    new, edit = apply_settings(text.encode(), WANTED)

    assert revert_settings(new, edit) == text.encode()


@given(WHOLE_LINES.filter(lambda text: text.endswith("\n")), st.sampled_from(["swap=0\n", "# x"]))
def test_what_somebody_added_since_stays(text: str, added: str) -> None:
    new, edit = apply_settings(text.encode(), WANTED)
    back = revert_settings(new + added.encode(), edit)

    assert back is not None
    assert back.decode().endswith(added)
    assert back.decode().startswith(text)


def test_a_new_file_has_the_line_ends_of_windows_and_goes_again() -> None:
    new, edit = apply_settings(None, WANTED)

    assert new == b"[general]\r\ninstanceIdleTimeout=-1\r\n[wsl2]\r\nvmIdleTimeout=-1\r\n"
    assert edit.existed is False
    assert revert_settings(new, edit) is None


def test_a_new_file_that_somebody_added_to_stays_without_our_lines() -> None:
    new, edit = apply_settings(None, WANTED)

    assert revert_settings(new + b"memory=8GB\r\n", edit) == b"[wsl2]\r\nmemory=8GB\r\n"


def test_a_value_is_replaced_where_it_stands() -> None:
    old = b"[wsl2]\r\nmemory=8GB\r\n  vmIdleTimeout = 60000  # a minute\r\nswap=0\r\n"
    new, edit = apply_settings(old, {VM: "-1"})

    assert new == old.replace(b"60000", b"-1")
    assert revert_settings(new, edit) == old


def test_the_first_of_two_lines_is_the_one_that_counts() -> None:
    old = b"[wsl2]\nvmIdleTimeout=1\n[WSL2]\nVMIDLETIMEOUT=2\n"

    assert apply_settings(old, {VM: "-1"})[0] == old.replace(b"=1", b"=-1")


def test_a_value_that_somebody_changed_since_is_theirs() -> None:
    new, edit = apply_settings(b"[wsl2]\nvmIdleTimeout=60000\n", {VM: "-1"})
    theirs = new.replace(b"-1", b"5000")

    assert revert_settings(theirs, edit) == theirs


def test_a_file_that_somebody_deleted_stays_deleted() -> None:
    _, edit = apply_settings(b"[wsl2]\n", WANTED)

    assert revert_settings(None, edit) is None


def test_a_name_with_an_umlaut_keeps_its_bytes() -> None:
    old = "[wsl2]\r\nswapFile=C:\\\\Jürgen\r\n"
    for codec in ("cp1252", "utf-8"):
        new, edit = apply_settings(old.encode(codec), WANTED)
        assert old.partition("\r\n")[2].encode(codec) in new
        assert revert_settings(new, edit) == old.encode(codec)


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(ConfigFileError, match="not text"):
        apply_settings(codecs.BOM_UTF16_LE + b"a", WANTED)


def test_a_last_line_that_would_take_in_our_first_one_gets_an_end() -> None:
    old = b"kernelCommandLine = quiet \\\n"

    assert apply_settings(old, {VM: "-1"})[0] == old + b"\n[wsl2]\nvmIdleTimeout=-1\n"


def test_a_file_that_ends_in_the_middle_of_a_line_is_refused() -> None:
    with pytest.raises(ConfigFileError, match="backslash"):
        apply_settings(b"kernelCommandLine = quiet \\", {VM: "-1"})


def test_a_line_that_wsl_cannot_read_decides_nothing() -> None:
    text = "[wsl2]\nvmIdleTimeout=\\x\nvmIdleTimeout = 7 \n"

    entry = find(text, VM)
    assert entry is not None
    assert text[entry.value_start : entry.value_end] == "7"


def test_an_edit_without_changes_reverts_to_the_same() -> None:
    assert revert_settings(b"x", Edit(existed=True, changes=())) == b"x"
