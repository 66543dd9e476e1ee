"""gixy: mistakes in nginx's configuration, as the hosts have it."""

import json
from pathlib import Path

from audit.figures import Figure, keep
from audit.reach import Deployment
from audit.tools import AuditError, run_tool

GRAVE = {"MEDIUM", "HIGH"}
# The load balancer speaks no TLS; the protocols named there are Debian's own words.
SKIPPED = {"load-balancer": "weak_ssl_tls"}


def audit_nginx(tools: Path, target: Deployment, host: str, what: str) -> Figure:
    """Findings of medium or above in the whole configuration that nginx on a host has read.

    Args:
        tools: From `ensure_tools`.
        target: What is up.
        host: The VPS or the WSL host.
        what: Names the configuration: its mode, or the load balancer's.
    """
    dump = keep(f"nginx-{what}.conf", target.on(host, "nginx -T 2>/dev/null"))
    skip = ["--skips", SKIPPED[what]] if what in SKIPPED else []
    done = run_tool(tools, "gixy", ["-f", "json", *skip, dump])
    keep(f"gixy-{what}.json", done.stdout)
    try:
        found = json.loads(done.stdout)
    except ValueError as error:
        raise AuditError(f"gixy said no JSON:\n{done.stdout}{done.stderr}") from error
    grave = sorted({one["plugin"] for one in found if one["severity"] in GRAVE})
    return Figure(
        name=f"gixy-ng, {what}",
        figure=f"{len(grave)} ({', '.join(grave)})" if grave else 0,
        unit="findings of medium or above",
        bar="0",
        met=not grave,
    )
