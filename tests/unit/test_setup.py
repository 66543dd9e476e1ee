"""bin/setup, with scripts in the place of .venv's Python and of pulumi: nothing is downloaded."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = "hcloud 1.2.3\nvultr 2.0.1 github://api.github.com/x\nlinode 4.5.6\n"
PULUMI = """\
#!/bin/sh
[ "$1" = version ] && exec echo v3.0.0
echo "$@" >>"$CALLS"
"""
REFUSED = """\
warning: Error downloading plugin: Get "https://get.pulumi.com/x": no such host
Will retry in 1.28s [5/5]
error: [resource plugin hcloud-1.2.3] failed all 5 attempts"""

Setup = Callable[[str], subprocess.CompletedProcess[str]]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def set_up(tmp_path: Path) -> Setup:
    """Run it in a checkout whose .venv is complete, with this as the rest of pulumi."""
    checkout, programs = tmp_path / "checkout", tmp_path / "bin"
    for name in ("_bootstrap", "setup"):
        (checkout / "bin").mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "bin" / name, checkout / "bin" / name)
    (checkout / "requirements.txt").write_text("x==1\n")
    _write(programs / "dpkg-query", "#!/bin/sh\nprintf 'ii %s\\n' \"$@\"\n")
    engine = tmp_path / "engine"
    python = f"#!/bin/sh\n[ $1 = -m ] && exec echo {engine}\nprintf '{PLUGINS}'\n"
    _write(checkout / ".venv/bin/python", python)

    def run(rest: str) -> subprocess.CompletedProcess[str]:
        _write(engine / "pulumi", PULUMI + rest)
        environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "CALLS": str(tmp_path / "calls"),
        }
        chosen = subprocess.run(
            ["bash", "-c", "source bin/_bootstrap; choose_python; echo $python"],
            cwd=checkout, env=environment, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        (checkout / ".venv/.complete").write_text(f"{chosen}x==1\n")
        return subprocess.run(
            [checkout / "bin/setup"],
            cwd="/", env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def _asked(tmp_path: Path) -> set[str]:
    return {line.split()[3] for line in (tmp_path / "calls").read_text().splitlines()}


def test_with_all_plugins_the_next_commands_are_shown(set_up: Setup, tmp_path: Path) -> None:
    done = set_up("")

    assert (done.returncode, done.stdout) == (0, "")
    assert _asked(tmp_path) == {"hcloud", "vultr", "linode"}
    assert "--server github://api.github.com/x" in (tmp_path / "calls").read_text()
    assert done.stderr.splitlines()[-1] == "  pulumi up"


def test_each_plugin_is_tried_and_each_failure_told_with_its_reason(
    set_up: Setup, tmp_path: Path
) -> None:
    done = set_up(
        f"case $4 in hcloud) cat <<'END'\n{REFUSED}\nEND\nexit 1 ;;"
        " linode) echo 'error: disk full' >&2; exit 1 ;; esac\n"
    )

    assert done.returncode == 1
    assert _asked(tmp_path) == {"hcloud", "vultr", "linode"}
    told = done.stderr
    reason = 'Get "https://get.pulumi.com/x": no such host'
    assert f"hcloud 1.2.3 could not be downloaded: {reason}\n" in told
    assert "linode 4.5.6 could not be downloaded: disk full\n" in told
    assert "vultr" not in told
    assert "export PATH=" in told
    assert "pulumi up" not in told
    assert "A real deployment needs the plugins" in told.splitlines()[-1]


def test_a_plugin_that_never_comes_is_given_up(set_up: Setup, tmp_path: Path) -> None:
    script = tmp_path / "checkout/bin/setup"
    text = script.read_text()
    assert "plugin_seconds=600\n" in text
    script.write_text(text.replace("plugin_seconds=600\n", "plugin_seconds=0.2\n"))
    done = set_up("[ $4 != vultr ] || exec sleep 30\n")

    assert done.returncode == 1
    assert "vultr 2.0.1 could not be downloaded: no end within 0.2 s\n" in done.stderr
