"""lynis: the VPS as a whole."""

import re
from collections.abc import Mapping

from audit.figures import Figure, keep
from audit.reach import INSTALL, Deployment
from audit.tools import AuditError

REPORT = "/var/log/lynis-report.dat"
AIM = 80
MOST_EXPLAINED = 10

# What a host in a namespace cannot have, or what says nothing of this machine, by lynis's own
# numbers. What is left on purpose beside these: docs/security.md.
EXPLAINED: Mapping[str, str] = {
    "LYNIS": "speaks of the age of Debian's lynis, not of the machine",
    "BOOT-5180": "it looks for run levels of before systemd",
    "BOOT-5264": "said of every machine with systemd; our units have lines of their own",
    "KRNL-5788": "a namespace has no kernel of its own",
    "KRNL-6000": "what is left is the machine's and read-only in a namespace, or fills the log",
    "FILE-6310": "one disk, as rented machines have",
    "NAME-4028": "the lab's machines have no domain",
    "ACCT-9628": "auditd needs the machine's kernel",
    "SSH-7408": "port 22 is what firewalls and settings know",
    "HTTP-6710": "Mozilla's profile lets the client choose; without TLS here the edge has it",
}


def audit_system(target: Deployment) -> list[Figure]:
    """Lynis's index, and how many of its findings nothing explains."""
    target.on(target.host, f"{INSTALL} --no-install-recommends lynis")
    target.on(target.host, "lynis audit system --quick --no-colors --quiet", check=False)
    text = target.on(target.host, f"cat {REPORT}")
    keep("lynis-report.dat", text)
    index = re.search(r"^hardening_index=(\d+)", text, re.MULTILINE)
    if index is None:
        raise AuditError(f"lynis gave no index; its report: {REPORT} of {target.host}")
    found = set(re.findall(r"^(?:warning|suggestion)\[\]=([A-Z]+(?:-\d+)?)\|", text, re.MULTILINE))
    left = sorted(found - EXPLAINED.keys())
    return [
        Figure(
            name="lynis, index",
            figure=int(index[1]),
            unit="of 100",
            bar=f"{AIM} or more",
            met=int(index[1]) >= AIM,
        ),
        Figure(
            name="lynis, findings without a reason",
            figure=f"{len(left)} ({', '.join(left)})" if left else 0,
            unit="",
            bar=f"0, with {MOST_EXPLAINED} explained at most",
            met=not left and len(EXPLAINED) <= MOST_EXPLAINED,
        ),
    ]
