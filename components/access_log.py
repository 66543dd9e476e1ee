"""A stack's own log in nginx, on either host, and what keeps it bounded."""

from components.naming import StackName
from components.rendering import render


def access_log_files(stack: StackName) -> dict[str, str]:
    """What keeps the log bounded: rules for logrotate, and a unit and timer that apply them."""
    rules = f"/etc/vps-reverse-proxy/{stack.slug}-access-log.rotate"
    return {
        "access-log.rotate": render(
            "access-log.rotate.j2", owner=stack.owner, log=stack.names.access_log
        ),
        "access-log.service": render(
            "access-log.service.j2",
            owner=stack.owner,
            state=f"/run/vps-reverse-proxy-{stack.slug}-access-log.state",
            rules=rules,
        ),
        "access-log.timer": render("access-log.timer.j2", owner=stack.owner),
    }
