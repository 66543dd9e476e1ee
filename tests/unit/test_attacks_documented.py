"""The tables of attacks in docs/security.md say how many are tried."""

import re
from pathlib import Path

from tests.e2e import ssh_attempts, test_7_modes, test_visitors_keys
from tests.e2e.attacker import CROWD, HURRY, PAYLOADS, SLOW, SLOW_REQUESTS

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
ROW = re.compile(r"^\| `([a-z_]+)`[^|]*\| ([0-9]+) \|", re.MULTILINE)


def _table(heading: str) -> dict[str, int]:
    """The rows of a chapter that name an attack, and how often it is tried."""
    chapter = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in chapter.splitlines() if line.startswith("|")][2:]
    found = {kind: int(count) for kind, count in ROW.findall(chapter)}
    assert len(found) == len(rows), "a row without a name or a count"
    return found


def test_every_attack_on_the_web_ports_is_in_the_table_with_its_count() -> None:
    made = {
        kind: len(payloads("203.0.113.5", "asr.gonova.one")) for kind, payloads in PAYLOADS.items()
    }
    made |= dict.fromkeys(SLOW, SLOW_REQUESTS) | {"crowd": CROWD, "hurry": HURRY}
    made |= {
        "without_key": len(test_visitors_keys.KEYLESS),
        "past_the_edge": test_7_modes.PAST_THE_EDGE_TRIED,
        "behind_the_firewalls": len(test_7_modes.BEHIND_THE_FIREWALLS),
    }

    assert _table("Attacks on the web ports") == made


def test_every_attack_on_ssh_is_in_the_table_with_its_count() -> None:
    assert _table("Attacks on ssh") == ssh_attempts.COUNTS
