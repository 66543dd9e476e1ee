"""The command lines of wsl.exe and wslg.exe, read as they read them."""

import pytest

from lab.windows import wsl_line
from lab.windows.drive import DISTRIBUTION_ID
from lab.windows.session import Refused


@pytest.fixture(autouse=True)
def _a_plain_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wsl_line, "DISTRIBUTION", "Ubuntu")


@pytest.mark.parametrize(
    "line",
    [
        "sleep infinity",
        '-d ubuntu --cd "~" -- sleep infinity',
        "--distribution Ubuntu --user root --shell-type none -- sleep infinity",
        f'{DISTRIBUTION_ID} --cd "C:\\a b" sleep infinity',
    ],
)
def test_both_take_what_they_know(line: str) -> None:
    wsl_line.check(line, windowless=True)
    wsl_line.check(line, windowless=False)


@pytest.mark.parametrize("line", ["-d Ubuntu -e sleep 1", "--distribution Ubuntu --exec sleep 1"])
def test_only_wsl_itself_has_exec(line: str) -> None:
    wsl_line.check(line, windowless=False)
    with pytest.raises(Refused, match="Invalid command line argument"):
        wsl_line.check(line, windowless=True)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('-d "Ubuntu" -- sleep 1', "no distribution"),
        ("-d Debian -- sleep 1", "no distribution"),
        ("{00000000-0000-0000-0000-000000000000} -- sleep 1", "no distribution"),
        ("-d Ubuntu", "no command"),
        ("-d Ubuntu --", "no command"),
        ("-d", "no distribution"),
        ("--shell-type fish -- sleep 1", "parameter is incorrect"),
        ("--quiet sleep 1", "Invalid command line argument: --quiet"),
    ],
)
def test_what_they_do_not_know_is_refused(line: str, words: str) -> None:
    for windowless in (True, False):
        with pytest.raises(Refused, match=words):
            wsl_line.check(line, windowless=windowless)
