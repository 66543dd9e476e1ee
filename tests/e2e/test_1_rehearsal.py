"""bin/rehearse as it is typed: what it proves, what it tells, and how little a second run does."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.images.releases import DEFAULT
from lab.paths import cache_dir
from tests.e2e.harness import Lab
from tests.e2e.names import DISTRIBUTION

REHEARSE = Path(__file__).resolve().parents[2] / "bin/rehearse"
AGAIN = "pulumi up once more: nothing may change"


@pytest.fixture
def rehearsable(lab: Lab) -> Iterator[Lab]:
    """A lab in any state. What rehearsals have measured on this machine stays as it was."""
    figures = cache_dir() / "figures.json"
    before = figures.read_bytes() if figures.exists() else None
    yield lab
    figures.unlink(missing_ok=True)
    if before is not None:
        figures.write_bytes(before)


def rehearse(lab: Lab) -> str:
    """All that bin/rehearse says of a run that succeeds."""
    done = subprocess.run(
        [REHEARSE, "--lab", lab.name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_rehearsal_mends_proves_and_tells_and_once_more_has_nothing_to_do(
    rehearsable: Lab,
) -> None:
    lab = rehearsable
    # Where the stack stands already, there is something to do all the same.
    lab.sh("wsl", "systemctl disable -q vps-tunnel", check=False)
    said = rehearse(lab)

    assert AGAIN in said
    assert re.search(r"^Rehearsed\. \d+ resources stand:$", said, re.MULTILINE), said
    for service in ("asr", "tts"):
        name = f"{service}.gonova.one"
        urls = f"wss://{name}/v1/stream/{service}   https://{name}/health"
        assert re.search(rf"^  {service} +{re.escape(urls)}$", said, re.MULTILINE), said
    assert "PROVED   the digits came back exactly" in said
    digits = re.search(r"^  digits +(.+) spoken, (.+) heard$", said, re.MULTILINE)
    assert digits, said
    assert digits[1] == digits[2]
    for part in ("lab", "pulumi up", "pulumi up, nothing to do", "proof"):
        assert re.search(rf"^  {part} +\d+\.\d *$", said, re.MULTILINE), (part, said)
    assert f"bin/lab --lab {lab.name} status" in said.partition("Next: the lab stays up.")[2]
    assert lab.sh("wsl", "systemctl is-enabled vps-tunnel").text == "enabled\n"

    again = rehearse(lab)

    assert AGAIN not in again
    assert re.search(r"^ +\d+ unchanged$", again, re.MULTILINE), again
    assert "PROVED   the digits came back exactly" in again
    # Measured in this run: the figure of an earlier one has a word behind it. All are of Debian.
    measured = re.search(r"^  warm run, nothing to do +\d+\.\d s$", again, re.MULTILINE)
    assert bool(measured) == (DISTRIBUTION == DEFAULT), again
