"""What `PATCH /instances/{id}` asks for, checked; and what an instance may become."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.clouds.vultr.account import Account
from lab.clouds.vultr.catalog import PLANS
from lab.clouds.vultr.errors import invalid, unsupported
from lab.clouds.vultr.instance_request import firewall_group_of, os_of, tags_of, user_data_of
from lab.clouds.vultr.store import Record
from lab.clouds.vultr.validation import flag, text

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_OFFERED = (
    "attach_vpc", "detach_vpc", "enable_vpc", "attach_vpc2", "detach_vpc2", "enable_vpc2",
    "ddos_protection", "app_id", "image_id",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class InstanceChange:
    """A change that may be made.

    fields: what is simply set. plan and os_id: to become, at the cost of a reboot or of the disk;
    "" and 0 for no change.
    """

    fields: Record
    plan: str
    os_id: int

    @property
    def restarts(self) -> bool:
        """Whether the machine is touched."""
        return bool(self.plan or self.os_id)


def instance_change(account: Account, instance: Record, body: dict[str, Any]) -> InstanceChange:
    """Check a request body; ApiError says what is wrong with it."""
    for field in NOT_OFFERED:
        if body.get(field):
            raise unsupported(f"an instance's {field}")
    if flag(body, "enable_ipv6") and not instance["v6_network"]:
        # A machine of the lab keeps the addresses it was born with.
        raise unsupported("switching IPv6 on later; enable it when the instance is created")
    readers: dict[str, Callable[[], Any]] = {
        "label": lambda: text(body, "label"),
        "tags": lambda: tags_of(body),
        "user_data": lambda: user_data_of(body),
        "firewall_group_id": lambda: firewall_group_of(account, body),
        "backups": lambda: {"enabled": text(body, "backups") == "enabled"},
    }
    os_id = os_of(body) if "os_id" in body else instance["os_id"]
    return InstanceChange(
        fields={field: read() for field, read in readers.items() if field in body},
        plan=_plan(instance, body),
        os_id=0 if os_id == instance["os_id"] else os_id,
    )


def _plan(instance: Record, body: dict[str, Any]) -> str:
    """Disks never shrink, so only a larger plan will do."""
    plan = text(body, "plan")
    if plan in ("", instance["plan"]):
        return ""
    if plan not in PLANS:
        raise invalid("Invalid plan.")
    if plan not in upgrades(instance):
        raise invalid("Unable to change plan: it is not an upgrade of the current one")
    return plan


def upgrades(instance: Record) -> list[str]:
    """The plans that the instance may be changed to, in its region."""
    current = PLANS[instance["plan"]]
    return [
        name
        for name, plan in PLANS.items()
        if instance["region"] in plan["locations"]
        and plan["deploy_ondemand"]
        and plan["type"] == current["type"]
        and plan["disk"] > current["disk"]
    ]
