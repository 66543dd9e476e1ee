"""Asks both hosts at once, beside the program's other questions."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from components.drift.asking import ask_here, ask_there, look_script
from components.drift.report import Finding, Unknown, Unreachable, read_report
from components.login import Login
from components.naming import StackName

HostName = Literal["vps", "wsl"]
WORDS: Mapping[HostName, str] = {"vps": "the VPS", "wsl": "the WSL host"}

WaitForDrift = Callable[[], "tuple[HostLook, ...]"]
"""Waits for the hosts' answers, and gives them."""


@dataclass(frozen=True, kw_only=True)
class HostLook:
    """What was found on one host.

    Attributes:
        host: Which.
        findings: What is not as this stack left it.
        unknown: Why the host could not be asked; "" when it was.
        unreachable: Whether it took no connection, or said nothing over one.
    """

    host: HostName
    findings: tuple[Finding, ...] = ()
    unknown: str = ""
    unreachable: bool = False


def start_drift_look(
    stack: StackName, recorded: Mapping[str, Any], *, machine_id: str, wanted: bool
) -> WaitForDrift:
    """Start asking; the program goes on meanwhile.

    Args:
        stack: Which stack's notes to compare.
        recorded: Its last outputs; where there are none, there is nothing to ask for.
        machine_id: Of this machine, where it is the stack's WSL host; else "".
        wanted: Whether to ask at all.
    """
    if not wanted:
        return tuple
    pool = ThreadPoolExecutor(max_workers=1)
    future: Future[tuple[HostLook, ...]] = pool.submit(
        look_at_hosts, stack, recorded, machine_id=machine_id
    )
    pool.shutdown(wait=False)
    return future.result


def look_at_hosts(
    stack: StackName, recorded: Mapping[str, Any], *, machine_id: str
) -> tuple[HostLook, ...]:
    """What differs on the hosts that the last run of this stack left something on.

    See `start_drift_look` for the arguments.
    """
    text = look_script(stack)
    asked: dict[HostName, Callable[[], str]] = {}
    if login := _login(recorded):
        asked["vps"] = lambda: ask_there(login, text)
    if machine_id and (recorded.get("wslHost") or {}).get("machineId") == machine_id:
        asked["wsl"] = lambda: ask_here(text)
    with ThreadPoolExecutor(max_workers=len(asked) or 1) as pool:
        return tuple(pool.map(_look, asked, asked.values()))


def _look(host: HostName, ask: Callable[[], str]) -> HostLook:
    try:
        return HostLook(host=host, findings=read_report(ask()))
    except Unknown as reason:
        unreachable = isinstance(reason, Unreachable)
        return HostLook(host=host, unknown=str(reason), unreachable=unreachable)


def _login(recorded: Mapping[str, Any]) -> Login | None:
    """How to log in to the VPS of the last run; None where it does not say."""
    try:
        return Login.model_validate(recorded["login"])
    except (KeyError, ValidationError):
        return None
