"""WslKeepAlive: Windows keeps the WSL distribution of this stack running.

A systemd service does not: WSL ends a distribution some seconds after its last window is closed.

The state of a stack names KeepAliveProvider and this module, and `pulumi destroy` of an old stack
imports it by that name. Do not move or rename either.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from components.naming import StackName
from components.tracebacks import without_traceback
from components.windows.by_hand import PAGE, config_removal, removal
from components.windows.config_edit import ConfigFileError
from components.windows.idle_timeouts import IdleTimeouts
from components.windows.interop import InteropError, find_windows
from components.windows.registration import holder_of, is_current, register
from components.windows.start_task import task_name, task_version

_OUTDATED = "changed by hand, or made for an older WSL"
_IDENTITY = ("project", "stack", "distribution", "machine_id")
MACHINE_ID_FILE = Path("/etc/machine-id")
_plain_errors = without_traceback(InteropError, ConfigFileError, OSError)


class KeepAliveProvider(ResourceProvider):
    """Sets the idle time-outs and registers the task; puts both back. Holds no secret."""

    serialize_as_secret_always = False  # only the name of this class is serialized

    @_plain_errors
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Another stack, distribution or machine is another one, made after the old one went."""
        replaces = [key for key in _IDENTITY if _olds.get(key) != _news[key]]
        changed = _olds.get("version") != _news["version"]
        return DiffResult(
            changes=bool(replaces) or changed, replaces=replaces, delete_before_replace=True
        )

    @_plain_errors
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Tell Windows. Doing it again changes nothing.

        Raises:
            InteropError: Windows cannot be called, or refuses.
            ConfigFileError: The user's .wslconfig cannot be edited.
        """
        return CreateResult(props["task"], _ensure(props))

    @_plain_errors
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Write what a new version of this program, or of WSL, needs. Raises as `create` does."""
        return UpdateResult(_ensure(_news))

    @_plain_errors
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is there now: gone without the task, to be renewed when it is not today's.

        Another machine's Windows cannot tell: a refresh there leaves the state as it is.
        """
        if _machine_id() != props["machine_id"]:
            return ReadResult(id_, props)
        try:
            windows = find_windows(os.environ)
            xml = windows.task(props["task"])
            if xml is None:
                return ReadResult("", {})
            current = is_current(windows, props, xml)
        except InteropError:
            return ReadResult(id_, props)  # nobody can tell from here, or now
        return ReadResult(id_, props if current else {**props, "version": _OUTDATED})

    @_plain_errors
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Put the user's .wslconfig back and remove the task; say so where that cannot be."""
        if _profile(_props).is_dir():
            IdleTimeouts(profile=_profile(_props)).release(holder_of(_props))
        else:
            sys.stderr.write(
                f"warning: .wslconfig stays as it is: {_profile(_props)}, the profile of the"
                f" Windows user, is not there. In Windows, {config_removal()}\n"
            )
        try:
            find_windows(os.environ).remove_task(_props["task"])
        except InteropError as error:
            # The rest of the stack must go; what stays is said, with the line that removes it.
            sys.stderr.write(
                f"warning: the scheduled task stays in Windows, which does not remove it: {error}."
                f" Remove it there: {removal(_props['task'])}\n"
            )


def _ensure(props: dict[str, Any]) -> dict[str, Any]:
    try:
        made = register(find_windows(os.environ), props)
    except InteropError as error:
        raise InteropError(
            f"Windows was not told to keep WSL running: {error}. Run pulumi in a window of the"
            f" distribution; or do it by hand ({PAGE}) and set wsl.keep_alive to false"
        ) from error
    if made["note"]:
        sys.stderr.write(f"warning: {made['note']}\n")
    return made


def _machine_id() -> str:
    try:
        return MACHINE_ID_FILE.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _profile(props: dict[str, Any]) -> Path:
    return Path(props["profile"])


class KeepAlive(Resource, module="windows", name="KeepAlive"):
    """What was told to Windows; `note` is empty where everything could be."""

    note: pulumi.Output[str]
    task: pulumi.Output[str]

    def __init__(self, name: str, props: dict[str, str], opts: ResourceOptions) -> None:
        made: dict[str, Any] = {"profile": None, "wsl_version": None, "note": None}
        super().__init__(KeepAliveProvider(), name, {**props, **made}, opts)


@dataclass(frozen=True, kw_only=True)
class WslKeepAliveArgs:
    """What a WslKeepAlive is made from.

    Attributes:
        distribution: What Windows calls this distribution.
        machine_id: Of the WSL host.
    """

    stack: StackName
    distribution: str
    machine_id: str


class WslKeepAlive(pulumi.ComponentResource):
    """The idle time-outs in .wslconfig, and a task that starts the distribution again."""

    windows: KeepAlive
    described: pulumi.Output[dict[str, Any]]

    def __init__(
        self, name: str, args: WslKeepAliveArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("vps-reverse-proxy:index:WslKeepAlive", name, None, opts)
        self.windows = KeepAlive(
            f"{name}-windows",
            {
                "project": args.stack.project,
                "stack": args.stack.stack,
                "distribution": args.distribution,
                "machine_id": args.machine_id,
                "task": task_name(args.stack, args.distribution),
                "version": task_version(args.stack, args.distribution),
            },
            ResourceOptions(parent=self),
        )
        self.described = pulumi.Output.all(
            distribution=args.distribution, task=self.windows.task, note=self.windows.note
        )
        self.register_outputs({"described": self.described})
