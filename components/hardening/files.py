"""The files of a VPS that is closed: sshd, firewall, and what puts the old ones back."""

from collections.abc import Sequence

from components.naming import StackName
from components.ports import OpenPort
from components.rendering import render, script

CONFIRM_WITHIN = 60
"""Seconds until the VPS puts back what nobody has confirmed by a login."""


def guarded_files(*, stack: StackName, user: str, open_ports: Sequence[OpenPort]) -> dict[str, str]:
    """What hardening.sh puts in place under its guard, by the names it knows.

    Args:
        stack: Whose they are.
        user: Login of the administrator, who alone may forward.
        open_ports: What comes in.
    """
    table = stack.names.firewall_table
    folder = f"/var/lib/vps-reverse-proxy/guard-{stack.slug}"
    return {
        "sshd.conf": render("sshd-hardening.conf.j2", owner=stack.owner),
        "sshd-new.conf": render("sshd-new.conf.j2"),
        "sshd-old.conf": render("sshd-old.conf.j2"),
        "sshd-administrator.conf": render("sshd-administrator.conf.j2", user=user),
        "firewall.nft": render("firewall.nft.j2", table=table, ports=open_ports),
        "firewall.service": render(
            "firewall.service.j2",
            owner=stack.owner,
            table=table,
            rules=f"/etc/vps-reverse-proxy/{stack.slug}-firewall.nft",
        ),
        "rollback": script("rollback.sh"),
        "rollback.service": render("rollback.service.j2", owner=stack.owner, folder=folder),
        "rollback.timer": render("rollback.timer.j2", owner=stack.owner, seconds=CONFIRM_WITHIN),
    }


def machine_files() -> dict[str, str]:
    """What hardening-machine.sh puts in place, by the names it knows: the same for every stack."""
    return {
        "modules.conf": render("modules.conf.j2"),
        "closed-kernel.conf": render("closed-kernel.conf.j2"),
        "issue": render("issue.j2"),
        "core-limits.conf": render("core-limits.conf.j2"),
        "coredump.conf": render("coredump.conf.j2"),
        "profile": render("closed-profile.j2"),
        "noexec.service": render("noexec.service.j2"),
    }
