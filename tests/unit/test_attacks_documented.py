"""The table of attacks in docs/security.md says how many are tried."""

import re
from pathlib import Path

from tests.e2e.attacker import CROWD, HURRY, PAYLOADS, SLOW, SLOW_REQUESTS

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
ROW = re.compile(r"^\| `([a-z_]+)`[^|]*\| ([0-9]+) \|", re.MULTILINE)


def test_every_attack_is_in_the_table_with_its_count() -> None:
    made = {
        kind: len(payloads("203.0.113.5", "asr.gonova.one")) for kind, payloads in PAYLOADS.items()
    }
    made |= dict.fromkeys(SLOW, SLOW_REQUESTS) | {"crowd": CROWD, "hurry": HURRY}
    chapter = PAGE.read_text(encoding="utf-8").split("## Attacks on the web ports")[1]

    assert {kind: int(count) for kind, count in ROW.findall(chapter.split("\n## ")[0])} == made
