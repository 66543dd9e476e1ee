"""schtasks.exe: creates, shows, runs, ends and deletes tasks, with the documented options only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from lab.windows import running
from lab.windows.drive import TASKS
from lab.windows.session import Refused, stand_in, windows_text
from lab.windows.task_check import check_task, command_of
from lab.windows.wslpath import linux_path

if TYPE_CHECKING:
    from collections.abc import Sequence

# Verb -> its options, and whether each takes a value.
_REMOTE = {"/S": True, "/U": True, "/P": True}
_OPTIONS: dict[str, dict[str, bool]] = {
    "/CREATE": {
        **_REMOTE,
        **dict.fromkeys(["/RU", "/RP", "/SC", "/MO", "/D", "/M", "/I", "/TN", "/TR"], True),
        **dict.fromkeys(["/ST", "/RI", "/ET", "/DU", "/XML", "/SD", "/ED", "/EC"], True),
        **dict.fromkeys(["/RL", "/DELAY"], True),
        **dict.fromkeys(["/K", "/V1", "/IT", "/Z", "/F", "/NP", "/HRESULT"], False),
    },
    # Of /Query, /XML has a value only without /TN: ours names the task where it asks for XML.
    "/QUERY": {
        **_REMOTE,
        **dict.fromkeys(["/FO", "/TN"], True),
        **dict.fromkeys(["/NH", "/V", "/XML", "/HRESULT"], False),
    },
    "/RUN": {**_REMOTE, "/TN": True, "/I": False, "/HRESULT": False},
    "/END": {**_REMOTE, "/TN": True, "/HRESULT": False},
    "/DELETE": {**_REMOTE, "/TN": True, "/F": False, "/HRESULT": False},
}
_WITH_XML = {"/S", "/U", "/P", "/RU", "/RP", "/TN", "/XML", "/F", "/V1", "/IT", "/NP", "/HRESULT"}
_NOT_IN_A_NAME = re.compile(r'[/:*?"<>|]')


def main(args: Sequence[str]) -> int:
    """Do what is asked, or say why not as the real one would."""
    return stand_in("schtasks.exe", args, answer)


def answer(args: Sequence[str]) -> bytes:
    """What it says when it did what was asked. Raises Refused."""
    verb, options = parse(args)
    return windows_text(_VERBS[verb](options))


def parse(args: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The verb and its options, in upper case; those without a value have an empty one.

    Raises:
        Refused: An unknown verb or option, one twice, a value missing, or /TN for all but a list.
    """
    verb = args[0].upper() if args else ""
    if verb not in _OPTIONS:
        raise Refused(f"ERROR: Invalid argument/option - '{verb}'.")
    words, options = list(args[1:]), dict[str, str]()
    while words:
        name = words.pop(0)
        takes_value = _OPTIONS[verb].get(name.upper())
        if takes_value is None:
            raise Refused(f"ERROR: Invalid argument/option - '{name}'.")
        if name.upper() in options:
            raise Refused(f"ERROR: Invalid syntax. {name} option is allowed only '1' time(s).")
        if takes_value and not words:
            raise Refused(f"ERROR: Invalid syntax. Value expected for '{name}'.")
        options[name.upper()] = words.pop(0) if takes_value else ""
    if not options.get("/TN") and (verb != "/QUERY" or "/TN" in options or "/XML" in options):
        raise Refused("ERROR: Invalid syntax. Mandatory option 'tn' is missing.")
    return verb, options


def task_file(name: str) -> Path:
    """Where a task is kept.

    Raises:
        Refused: Windows takes no such name.
    """
    plain = name.removeprefix("\\")
    if _NOT_IN_A_NAME.search(plain) or plain != plain.strip() or not plain:
        raise Refused("ERROR: The filename, directory name, or volume label syntax is incorrect.")
    return TASKS.joinpath(*plain.split("\\"))


def _existing(options: dict[str, str]) -> Path:
    file = task_file(options["/TN"])
    if not file.is_file():
        raise Refused("ERROR: The system cannot find the file specified.")
    return file


def _create(options: dict[str, str]) -> str:
    if "/XML" not in options:
        raise Refused("ERROR: the lab's Task Scheduler takes XML only.")
    if stray := set(options) - _WITH_XML:
        raise Refused(f"ERROR: Invalid syntax. {', '.join(stray)} is not allowed with /XML.")
    definition = Path(linux_path(options["/XML"]))
    if not definition.is_file():
        raise Refused("ERROR: The system cannot find the file specified.")
    data = definition.read_bytes()
    check_task(data)
    file = task_file(options["/TN"])
    if file.exists() and "/F" not in options:
        raise Refused("WARNING: The task name already exists. Do you want to replace it (Y/N)?")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return f'SUCCESS: The scheduled task "{options["/TN"]}" has successfully been created.\n'


def _query(options: dict[str, str]) -> str:
    if "/TN" not in options:
        files = sorted(path for path in TASKS.rglob("*") if path.is_file())
        return "".join(f"{file.name}  N/A  Ready\n" for file in files)
    file = _existing(options)
    if "/XML" not in options:
        return f"{file.name}  N/A  Ready\n"
    return file.read_bytes().decode("utf-16").replace("\r\n", "\n") + "\n"


def _run(options: dict[str, str]) -> str:
    file = _existing(options)
    running.start(file.name, command_of(file.read_bytes()))
    return f'SUCCESS: Attempted to run the scheduled task "{options["/TN"]}".\n'


def _end(options: dict[str, str]) -> str:
    running.end(_existing(options).name)
    return f'SUCCESS: The scheduled task "{options["/TN"]}" has been terminated successfully.\n'


def _delete(options: dict[str, str]) -> str:
    file = _existing(options)
    if "/F" not in options:
        raise Refused("WARNING: Are you sure you want to remove the task (Y/N)?")
    file.unlink()
    return f'SUCCESS: The scheduled task "{options["/TN"]}" was successfully deleted.\n'


_VERBS = {
    "/CREATE": _create,
    "/QUERY": _query,
    "/RUN": _run,
    "/END": _end,
    "/DELETE": _delete,
}
