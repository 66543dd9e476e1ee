"""The Task Scheduler's schema, as far as tasks like ours use it; data.

From the documentation of the schema: in most elements the order is free and each child stands once
at most, while a trigger's children are a sequence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
VERSIONS = {"1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"}

_TRIGGER = ("Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """An element: its children (by name), whether they have an order, and which it must have."""

    children: tuple[str, ...]
    ordered: bool = False
    many: bool = False
    required: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "Task": Kind(
        children=("RegistrationInfo", "Triggers", "Settings", "Data", "Principals", "Actions"),
        required=("Actions",),
    ),
    "RegistrationInfo": Kind(
        children=(
            *("URI", "SecurityDescriptor", "Source", "Date", "Author", "Version"),
            *("Description", "Documentation"),
        )
    ),
    "Triggers": Kind(
        children=(
            *("BootTrigger", "RegistrationTrigger", "IdleTrigger", "TimeTrigger"),
            *("EventTrigger", "LogonTrigger", "SessionStateChangeTrigger", "CalendarTrigger"),
        ),
        many=True,
    ),
    "TimeTrigger": Kind(
        children=(*_TRIGGER, "RandomDelay"), ordered=True, required=("StartBoundary",)
    ),
    "Repetition": Kind(
        children=("Interval", "Duration", "StopAtDurationEnd"), required=("Interval",)
    ),
    "LogonTrigger": Kind(children=(*_TRIGGER, "UserId", "Delay"), ordered=True),
    "EventTrigger": Kind(
        children=(
            *(*_TRIGGER, "Subscription", "Delay", "PeriodOfOccurrence"),
            *("NumberOfOccurrences", "MatchingElement", "ValueQueries"),
        ),
        ordered=True,
        required=("Subscription",),
    ),
    "Principals": Kind(children=("Principal",), required=("Principal",)),
    "Principal": Kind(
        children=(
            *("UserId", "LogonType", "GroupId", "DisplayName", "RunLevel"),
            *("ProcessTokenSidType", "RequiredPrivileges"),
        )
    ),
    "Settings": Kind(
        children=(
            *("AllowStartOnDemand", "RestartOnFailure", "MultipleInstancesPolicy"),
            *("DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "AllowHardTerminate"),
            *("StartWhenAvailable", "NetworkProfileName", "RunOnlyIfNetworkAvailable"),
            *("WakeToRun", "Enabled", "Hidden", "DeleteExpiredTaskAfter", "IdleSettings"),
            *("NetworkSettings", "ExecutionTimeLimit", "Priority", "RunOnlyIfIdle"),
        )
    ),
    "IdleSettings": Kind(children=("Duration", "WaitTimeout", "StopOnIdleEnd", "RestartOnIdle")),
    "Actions": Kind(children=("Exec",), many=True, required=("Exec",)),
    "Exec": Kind(children=("Command", "Arguments", "WorkingDirectory"), required=("Command",)),
}

_BOOLEAN = re.compile(r"true|false|0|1")
_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_MINUTE, _MONTH = 60, 31 * 86400
_SECONDS = (86400, 3600, 60, 1)


@dataclass(frozen=True, kw_only=True)
class Values:
    """What the text of an element may be."""

    booleans: frozenset[str] = frozenset(
        {
            *("Enabled", "DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "WakeToRun"),
            *("AllowHardTerminate", "StartWhenAvailable", "RunOnlyIfNetworkAvailable", "Hidden"),
            *("AllowStartOnDemand", "RunOnlyIfIdle", "StopOnIdleEnd", "RestartOnIdle"),
            "StopAtDurationEnd",
        }
    )
    durations: frozenset[str] = frozenset(
        {"Delay", "RandomDelay", "ExecutionTimeLimit", "PeriodOfOccurrence", "Duration"}
    )
    times: frozenset[str] = frozenset({"StartBoundary", "EndBoundary"})
    choices: dict[str, set[str]] = field(
        default_factory=lambda: {
            "LogonType": {"S4U", "Password", "InteractiveToken", "InteractiveTokenOrPassword"},
            "RunLevel": {"LeastPrivilege", "HighestAvailable"},
            "MultipleInstancesPolicy": {"Parallel", "Queue", "IgnoreNew", "StopExisting"},
        }
    )

    def allows(self, name: str, text: str) -> bool:
        """Whether an element of that name may hold that text."""
        if name in self.booleans:
            return _BOOLEAN.fullmatch(text) is not None
        if name in self.durations:
            return _DURATION.fullmatch(text) is not None
        if name in self.times:
            return _TIME.fullmatch(text) is not None
        if name == "Interval":
            return _MINUTE <= _seconds(text) <= _MONTH
        return text in self.choices[name] if name in self.choices else True


def _seconds(text: str) -> int:
    """How long a duration is; nothing for what is none."""
    found = _DURATION.fullmatch(text)
    parts = (found[1], found[3], found[4], found[5]) if found else ()
    return sum(int(part[:-1]) * unit for part, unit in zip(parts, _SECONDS, strict=False) if part)
