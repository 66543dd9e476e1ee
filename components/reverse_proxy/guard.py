"""What nginx holds every visitor to, whatever the mode, and what it writes down of them."""

from dataclasses import dataclass

from components.naming import StackName
from components.rendering import render
from settings import LimitSettings


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Limits of one visitor, and what browsers are told.

    Attributes:
        limits: What one visitor address may ask for.
        hsts: Whether browsers that came by https are told to use nothing else.
    """

    limits: LimitSettings
    hsts: bool


def access_log(stack: StackName) -> str:
    """The log of a stack's requests on the VPS: one JSON object a line.

    Not `*.log`: those are rotated by the distribution, by day and whatever their size.
    """
    return f"/var/log/nginx/vps-reverse-proxy-{stack.slug}.json"


def access_log_files(stack: StackName) -> dict[str, str]:
    """What keeps the log bounded: rules for logrotate, and a unit and timer that apply them."""
    rules = f"/etc/vps-reverse-proxy/{stack.slug}-access-log.rotate"
    return {
        "access-log.rotate": render(
            "access-log.rotate.j2", owner=stack.owner, log=access_log(stack)
        ),
        "access-log.service": render(
            "access-log.service.j2",
            owner=stack.owner,
            state=f"/run/vps-reverse-proxy-{stack.slug}-access-log.state",
            rules=rules,
        ),
        "access-log.timer": render("access-log.timer.j2", owner=stack.owner),
    }
