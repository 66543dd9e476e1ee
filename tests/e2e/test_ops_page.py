"""The page of `bin/ops status --html`, written on the WSL host and drawn by a real browser."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from tests.e2e.harness import Lab

WIDTH, HEIGHT = 1240, 1180


@pytest.fixture(scope="session")
def chromium() -> str:
    """Debian's browser; installed when it is not there."""
    if shutil.which("chromium") is None:
        print("Debian package that is missing here and gets installed now: chromium")
        install = ["apt-get", "-q", "install", "--yes", "--no-install-recommends", "chromium"]
        subprocess.run(install, check=True, capture_output=True)
    return shutil.which("chromium") or "chromium"


def browse(chromium: str, folder: Path, *options: str) -> bytes:
    """Run the browser on the page without a screen or a network; its output."""
    # Root has no sandbox to give; the page has no script, and no name is found.
    argv = [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/u"]
    nowhere = "--host-resolver-rules=MAP * ~NOTFOUND"
    page = f"file://{folder}/status.html"
    return subprocess.run(
        [*argv, nowhere, "--hide-scrollbars", *options, page],
        check=True,
        capture_output=True,
        timeout=120,
    ).stdout


@pytest.mark.full
def test_the_page_of_a_stack_that_serves_is_drawn_by_a_browser(
    deployed: Lab, chromium: str, tmp_path: Path
) -> None:
    deployed.up()
    deployed.wait_serving()
    done = deployed.typed("bin/ops", "status", "--html", "/tmp/status.html", "--json")
    assert done.code == 0, done.text
    (tmp_path / "status.html").write_text(deployed.on("wsl", "cat", "/tmp/status.html").text)

    dom = browse(chromium, tmp_path, "--dump-dom").decode()
    shot = tmp_path / "status.png"
    browse(chromium, tmp_path, f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={shot}")

    assert "Everything works" in dom
    assert 'class="lane ok"' in dom
    assert "asr.gonova.one" in dom
    picture = shot.read_bytes()
    assert struct.unpack(">II", picture[16:24]) == (WIDTH, HEIGHT)
    # One colour alone packs into a few thousand bytes.
    assert len(picture) > 40_000
