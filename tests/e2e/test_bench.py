"""bin/bench works, and the tunnel is not far worse than it was."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.names import BENCH

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.alone
@pytest.mark.timeout(1500)  # three minutes, usually
def test_the_quick_bench_finds_no_gross_regression() -> None:
    done = subprocess.run(
        [ROOT / "bin" / "bench", "--quick", "--lab", BENCH],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    listed = json.loads((ROOT / "build" / "bench-quick.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in listed if row["figure"] is None] == []
    assert (ROOT / "build" / "bench-quick" / "latency-50.jsonl").exists()
