"""bin/_bootstrap: its functions, with scripts in the place of Python, dpkg-query and sudo."""

import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis.configuration import storage_directory

_BOOTSTRAP = Path(__file__).parents[2] / "bin/_bootstrap"
_FAKE_PYTHON = """\
#!/bin/sh
echo "$@" >> "$CALLS"
[ "$2" = venv ] || exit 0
mkdir -p "$3/bin"
cp "$0" "$3/bin/python"
"""

Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    directory = tmp_path / "bin"
    directory.mkdir()
    return directory


@pytest.fixture
def shell(tmp_path: Path, programs: Path) -> Shell:
    """Run a script after sourcing the bootstrap; a cache and a log of calls in `tmp_path`."""

    def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", "-c", f"set -euo pipefail\nsource '{_BOOTSTRAP}'\n{script}"],
            env={
                "PATH": f"{programs}:{os.environ['PATH']}",
                "HOME": str(tmp_path),
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
                "CALLS": str(tmp_path / "calls"),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def _install(programs: Path, name: str, script: str) -> Path:
    path = programs / name
    path.write_text(script)
    path.chmod(0o755)
    return path


def _calls(tmp_path: Path) -> list[str]:
    log = tmp_path / "calls"
    return log.read_text().splitlines() if log.exists() else []


def test_git_is_among_the_packages_for_it_lists_the_checkout(shell: Shell) -> None:
    done = shell('printf "%s\\n" "${lab_packages[@]}"')

    assert "git" in done.stdout.split()


@pytest.mark.parametrize(
    ("python", "headers"),
    [
        ("/usr/bin/python3.11", ""),
        ("/usr/bin/python3.12", "gcc libc6-dev python3.12-dev"),
        ("/usr/bin/python3.13", ""),
        ("/usr/bin/python3.14", "gcc libc6-dev python3.14-dev"),
        ("/home/me/.pyenv/versions/3.12.1/bin/python3.12", ""),
    ],
)
def test_headers_are_asked_for_where_the_speech_recognition_has_no_wheel(
    shell: Shell, python: str, headers: str
) -> None:
    done = shell(f"python={python}; choose_headers; echo ${{headers[*]}}")

    assert done.stdout == f"{headers}\n"


def test_only_packages_that_are_not_fully_installed_are_missing(
    shell: Shell, programs: Path
) -> None:
    listing = "printf 'ii curl\\nrc gcc\\nii libgcc-dev\\nun nftables\\n'"
    _install(programs, "dpkg-query", f"#!/bin/sh\n{listing}\nexit 1\n")
    done = shell("missing_packages curl gcc nftables gnupg")
    assert done.stdout.split() == ["gcc", "nftables", "gnupg"]


def test_the_venv_is_made_once(shell: Shell, programs: Path, tmp_path: Path) -> None:
    python = _install(programs, "python", _FAKE_PYTHON)
    script = f"python={python}; ensure_venv; echo $venv"
    first, second = shell(script), shell(script)
    assert first.returncode == second.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert Path(first.stdout.strip()).is_relative_to(tmp_path / "cache/vps-reverse-proxy/venv")
    assert [call.split()[1] for call in _calls(tmp_path)] == ["venv", "pip"]


def test_a_failed_installation_is_shown_and_done_again(
    shell: Shell, programs: Path, tmp_path: Path
) -> None:
    failing = _FAKE_PYTHON.replace("|| exit 0", "|| { echo no such package; exit 1; }")
    python = _install(programs, "python", failing)
    script = f"python={python}; ensure_venv; echo used"
    broken = shell(script)
    assert broken.returncode != 0
    assert "used" not in broken.stdout
    assert "no such package" in broken.stderr
    _install(programs, "python", _FAKE_PYTHON)
    assert shell(script).stdout == "used\n"
    assert [call.split()[1] for call in _calls(tmp_path)] == ["venv", "pip"] * 2


def test_a_venv_unused_for_a_day_goes_when_a_new_one_is_made(
    shell: Shell, programs: Path, tmp_path: Path
) -> None:
    venvs = tmp_path / "cache/vps-reverse-proxy/venv"
    for name, hours in (("fresh", 1), ("stale", 25)):
        mark = venvs / name / ".complete"
        mark.parent.mkdir(parents=True)
        mark.touch()
        used = time.time() - hours * 3600
        os.utime(mark, (used, used))
    (venvs / "interrupted").mkdir()
    python = _install(programs, "python", _FAKE_PYTHON)
    venv = Path(shell(f"python={python}; ensure_venv; echo $venv").stdout.strip())
    assert {path.name for path in venvs.iterdir()} == {"fresh", venv.name}


def test_an_old_python_is_refused_with_what_is_needed(shell: Shell, programs: Path) -> None:
    _install(programs, "readlink", "#!/bin/sh\necho /usr/bin/python3.9\n")
    for missing in range(11, 15):
        _install(programs, f"python3.{missing}", "#!/bin/sh\nexit 127\n")
    version = '[ "$1" = --version ] && echo Python 3.9.2 || echo'
    _install(programs, "python3", f"#!/bin/sh\n{version}\n")
    done = shell("choose_python; echo went on")
    assert done.returncode != 0
    assert done.stdout == ""
    assert "3.11 or later" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert "sudo apt-get install python3.11-venv" in done.stderr


def test_a_newer_python_beside_an_old_one_is_taken(shell: Shell, programs: Path) -> None:
    _install(programs, "readlink", "#!/bin/sh\necho /usr/bin/python3.10\n")
    _install(programs, "python3", "#!/bin/sh\necho\n")
    for missing in ("python3.14", "python3.13"):
        _install(programs, missing, "#!/bin/sh\nexit 127\n")
    _install(programs, "python3.12", "#!/bin/sh\necho /usr/bin/python3.12\n")

    assert shell("choose_python; echo $python").stdout == "/usr/bin/python3.12\n"


def test_what_will_be_installed_is_said_before(shell: Shell, programs: Path) -> None:
    _install(programs, "bash", "#!/bin/sh\necho apt ran >&2\nexit 1\n")  # would run apt as root
    _install(programs, "sudo", '#!/bin/sh\nshift 0\nexec "$@"\n')
    done = shell("install_packages mmdebstrap gnupg")
    said = done.stderr.splitlines()
    assert said[0].endswith("get installed now: mmdebstrap gnupg")
    assert "apt ran" in said[1:]
    assert done.returncode != 0


def test_settings_go_through_sudo_by_name_only() -> None:
    environment = {
        "HOME": "/nonexistent",
        "XDG_CACHE_HOME": "/var/cache/x",
        "LAB_PLUGINS": "standin",
        "VPS_TEST_DISTRIBUTION": "ubuntu-26.04",
        "PIP_INDEX_URL": "https://user:secret@index.example/",
        "UNRELATED": "yes",
    }
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    as_a_user = as_nobody if os.geteuid() == 0 else []
    script = f"{_BOOTSTRAP.read_text()}\nbecome_root /x/bin/_bootstrap lab.rehearse"
    with tempfile.TemporaryDirectory(dir="/tmp") as shared:  # tmp_path is its owner's only
        Path(shared).chmod(0o755)
        _install(Path(shared), "sudo", '#!/bin/sh\nprintf "%s\\n" "$@"\n')
        done = subprocess.run(
            [*as_a_user, "bash", "-c", script],
            env={**environment, "PATH": f"{shared}:/usr/bin:/bin"},
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        )
    kept, *command = done.stdout.splitlines()
    names = set(kept.removeprefix("--preserve-env=").split(","))
    assert names >= {"LAB_PLUGINS", "VPS_TEST_DISTRIBUTION", "PIP_INDEX_URL", "LAB_CALLER_PATH"}
    assert not {"UNRELATED", "XDG_CACHE_HOME"} & names  # the caller's cache stays the caller's
    assert "secret" not in done.stdout
    assert command == ["--", "/x/bin/_bootstrap", "lab.rehearse"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({"XDG_CACHE_HOME": "/x/of roots"}, "/x/of roots"), ({"XDG_CACHE_HOME": "x"}, "HOME/.cache")],
)
def test_the_cache_is_the_one_that_whoever_runs_it_names(
    shell: Shell, tmp_path: Path, environment: dict[str, str], expected: str
) -> None:
    cache = expected.replace("HOME", str(tmp_path))

    assert shell("echo $cache", **environment).stdout == f"{cache}/vps-reverse-proxy\n"


def test_what_the_tests_remember_stays_out_of_the_checkout(
    shell: Shell, programs: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    _install(programs, "python", '#!/bin/sh\necho "$PYTEST_ADDOPTS"\n')
    cache = tmp_path / "a cache"
    told = shell(
        f"venv={tmp_path}; run_module pytest tests",
        XDG_CACHE_HOME=str(cache),
        PYTEST_ADDOPTS="--quiet",
    ).stdout
    option, value, own = shlex.split(told)

    assert (option, own) == ("-o", "--quiet")
    assert Path(value.removeprefix("cache_dir=")).is_relative_to(cache / "vps-reverse-proxy")
    assert pytestconfig.cache is not None
    hypothesis = storage_directory("examples").path
    assert hypothesis.is_relative_to(pytestconfig.cache.mkdir("hypothesis"))
