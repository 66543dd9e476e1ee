"""sslyze: what port 443 offers to speak, against Mozilla's intermediate profile."""

from pathlib import Path

from audit.figures import Figure, keep
from audit.reach import Deployment
from audit.tools import AuditError, run_tool

# What sslyze says of a certificate that no public authority has signed: that is the mode's way
# (full), Cloudflare's own authority (strict) or the lab's (direct), and nothing of the profile.
OF_THE_AUTHORITY = ("certificate chain", "Certificate path", "ed25519")


def audit_tls(tools: Path, target: Deployment, mode: str, hostname: str) -> Figure:
    """Whether it complies; asked from the edge where nobody else may ask."""
    host = "client" if mode == "direct" else "edge"
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
    complaints = [line.strip() for line in verdict.splitlines() if line.strip().startswith("*")]
    return Figure(
        name=f"sslyze, {mode}",
        figure="; ".join(complaints) or "compliant",
        unit="",
        bar="compliant with Mozilla's intermediate profile",
        met=not complaints,
    )
