"""What was changed by hand on the hosts since the last run, and how this run puts it back."""

from components.drift.lockout import lockout_warning
from components.drift.look import HostLook, WaitForDrift, look_at_hosts, start_drift_look
from components.drift.repairs import Repairs, plan_repairs
from components.drift.report import Finding, Unknown

__all__ = [
    "Finding",
    "HostLook",
    "Repairs",
    "Unknown",
    "WaitForDrift",
    "lockout_warning",
    "look_at_hosts",
    "plan_repairs",
    "start_drift_look",
]
