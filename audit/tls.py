"""sslyze: what port 443 offers to speak, against Mozilla's intermediate profile."""

from pathlib import Path

from audit.figures import Figure, keep
from audit.reach import Deployment
from audit.tools import AuditError, run_tool
from settings.sections import DIRECT_MODES

# What sslyze's own rules say that is no fault here, by their names, and why.
_NO_AUTHORITY = (
    "no public authority signs here, nor need one: Cloudflare's, ours, or the lab's does"
)
EXPLAINED: dict[str, dict[str, str]] = {
    "direct": {"certificate_path_validation": _NO_AUTHORITY},
    "strict": {"certificate_path_validation": _NO_AUTHORITY},
    "full": {
        "certificate_path_validation": _NO_AUTHORITY,
        "maximum_certificate_lifespan": "made on the VPS; Cloudflare looks at nothing in it",
    },
}


def audit_tls(tools: Path, target: Deployment, mode: str, hostname: str) -> Figure:
    """Whether it complies; asked from the edge where nobody else may ask."""
    host = "client" if mode in DIRECT_MODES else "edge"
    done = run_tool(
        tools,
        "sslyze",
        ["--mozilla_config", "intermediate", "--sni", hostname, f"{target.address}:443"],
        inside=target.network_of(host),
    )
    keep(f"sslyze-{mode}.txt", done.stdout + done.stderr)
    _, mark, verdict = done.stdout.partition("COMPLIANCE AGAINST")
    if not mark:
        raise AuditError(f"sslyze gave no verdict:\n{done.stdout}{done.stderr}")
    complaints = {
        rule.strip(" *"): words.strip()
        for rule, _, words in (
            line.partition(":") for line in verdict.splitlines() if line.strip().startswith("*")
        )
    }
    left = {rule: words for rule, words in complaints.items() if rule not in EXPLAINED[mode]}
    explained = ", ".join(sorted(complaints.keys() & EXPLAINED[mode].keys()))
    return Figure(
        name=f"sslyze, {mode}",
        figure="; ".join(f"{rule}: {words}" for rule, words in left.items()) or "compliant",
        unit=f"(explained: {explained})" if explained else "",
        bar="compliant with Mozilla's intermediate profile",
        met=not left,
    )
