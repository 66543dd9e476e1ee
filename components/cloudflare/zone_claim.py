"""Who sets the SSL mode of a whole zone, as the zone itself tells.

It stands in a rule that is switched off: its ref is unique, so two stacks cannot both have it.
"""

import re
from dataclasses import dataclass

from components.cloudflare.rule_set import Rule

CLAIM_REF = "vps_reverse_proxy_zone_ssl"
_WORDS = re.compile(
    r"(?P<owner>\S+) sets this zone's SSL mode; before it was (?P<before>\w+)"
    r"(?P<automatic>, chosen automatically)?"
)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Who sets a zone's SSL mode, what it was before, and whether Cloudflare had chosen it."""

    owner: str
    before: str
    automatic: bool = False

    @staticmethod
    def of(rule: Rule | None) -> "Claim | None":
        """The claim that a rule makes; None where there is no such rule."""
        said = _WORDS.search(str((rule or {}).get("description", "")))
        if said is None:
            return None
        return Claim(
            owner=said["owner"], before=said["before"], automatic=said["automatic"] is not None
        )

    def rule(self, zone: str, mode: str) -> Rule:
        """The rule that makes it: switched off, for people to read in the dashboard."""
        before = self.before + (", chosen automatically" if self.automatic else "")
        return {
            "action": "set_config",
            "action_parameters": {"ssl": mode},
            "expression": f'(http.host eq "{zone}")',
            "enabled": False,
            "description": f"{self.owner} sets this zone's SSL mode; before it was {before}",
            "ref": CLAIM_REF,
        }


def refusal(zone: str, claim: Claim) -> str:
    """Why another stack may not set it, and what to do."""
    return (
        f"the SSL mode of the whole zone {zone} is already set by the stack {claim.owner}, and two "
        'cannot; set edge.ssl_scope to "hostnames" here, or destroy that stack first'
    )
