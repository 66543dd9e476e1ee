"""What the tests of the lab itself look with: bin/lab, a connection, a ping."""

import re
import subprocess
import sys

from lab.paths import checkout_dir
from lab.processes import clean_environment
from tests.e2e.harness import Lab

CANARY = "the-callers-own-token"


def bin_lab(name: str, *words: str) -> list[str]:
    """A `bin/lab` command line, run by this interpreter."""
    return [sys.executable, "-m", "lab", "--lab", name, *words]


def command(name: str, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run bin/lab as a caller who has a token of their own would."""
    env = {**clean_environment(), "HCLOUD_TOKEN": CANARY}
    return subprocess.run(
        bin_lab(name, *words),
        input=given,
        capture_output=True,
        text=True,
        check=False,
        env=env,
        cwd=checkout_dir(),
    )


def reaches(lab: Lab, host: str, address: str, port: int) -> bool:
    """Whether a TCP connection opens within two seconds."""
    opened = lab.sh(host, f"timeout 2 bash -c '</dev/tcp/{address}/{port}'", check=False)
    return opened.code == 0


def ping(lab: Lab, host: str, address: str, *options: str) -> tuple[float, float]:
    """Share of lost packets, and the least round trip in ms (infinite when none came back)."""
    text = lab.on(host, "ping", "-q", *options, address, check=False).text
    lost = re.search(r"([\d.]+)% packet loss", text)
    times = re.search(r"= ([\d.]+)/", text)
    assert lost, text
    return float(lost[1]) / 100, float(times[1]) if times else float("inf")
