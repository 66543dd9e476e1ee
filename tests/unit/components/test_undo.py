"""What a step leaves that never ended: the first step of its host undoes it."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from components import step
from components.rendering import script
from tests.unit.components.sandbox import PLACES

BROKEN = 'ensure() { touch "$made"; false; }\nabsent() { rm -f "$made"; echo "undid $step"; }\n'
WORKS = 'ensure() { touch "$made"; }\nabsent() { rm -f "$made"; }\n'
STUBBORN = 'ensure() { false; }\nabsent() { fail "it stays"; }\n'
SLOW = """
install() { command install "$@"; sleep 0.02; }
ensure() { manage account nobody there; }
absent() { :; }
"""
FAILS = "ensure() { false; }\nabsent() { false; true; }\n"
NAMED = f"identity=${{made##*/}}\n{BROKEN}"
KEPT = "var/lib/vps-reverse-proxy/unfinished/p_dev"


class Host:
    """A folder that stands for a machine; steps arrive as they do in truth, files and all."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        (folder / "run/lock").mkdir(parents=True)
        self._own = {
            "broken.sh": BROKEN,
            "works.sh": WORKS,
            "stubborn.sh": STUBBORN,
            "fails.sh": FAILS,
            "slow.sh": SLOW,
            "named.sh": NAMED,
        }
        monkeypatch.setattr(step, "script", self._script)

    def _script(self, name: str) -> str:
        if name == "become-root.sh":
            return ""
        text = self._own.get(name) or script(name)
        for place in PLACES:
            text = text.replace(place, f"{self.folder}{place}")
        return text.replace("for folder in /run ", f"for folder in {self.folder}/run ")

    def run(
        self, name: str, verb: str, *, script_name: str = "", made: str = ""
    ) -> tuple[int, str]:
        made = made or f"{name}.made"
        values = {"step": name, "stack": "p/dev", "made": f"{self.folder}/{made}"}
        text = step.render_step(script_name or f"{name}.sh", values, {"secret": "hidden words"})
        done = subprocess.run(
            ["bash", "-s", "--", verb],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def kept(self) -> list[str]:
        folder = self.folder / KEPT
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(tmp_path, monkeypatch)


def test_a_step_that_fails_is_undone_by_the_first_step_when_that_goes(host: Host) -> None:
    assert host.run("broken", "ensure")[0] == 1
    assert (host.folder / "broken.made").exists()

    status, said = host.run("wsl-start", "absent")

    assert status == 0
    assert "undid broken\n" in said
    assert "changed: undid the step broken, which had not ended" in said
    assert not (host.folder / "broken.made").exists()
    assert not (host.folder / "var/lib/vps-reverse-proxy").exists()


def test_a_step_that_ends_keeps_nothing_and_is_left_to_the_engine(host: Host) -> None:
    assert host.run("works", "ensure") == (0, "")
    assert host.kept() == []

    assert host.run("wsl-start", "absent") == (0, "")
    assert (host.folder / "works.made").exists()


def test_a_step_that_ends_at_the_second_try_is_not_undone(host: Host) -> None:
    host.run("again", "ensure", script_name="broken.sh")
    assert host.kept() == ["again"]

    assert host.run("again", "ensure", script_name="works.sh") == (0, "")
    assert host.kept() == []


def test_a_step_that_the_engine_removes_itself_is_not_undone_again(host: Host) -> None:
    host.run("broken", "ensure")
    assert host.run("broken", "absent") == (0, "undid broken\n")

    assert host.run("wsl-start", "absent") == (0, "")


def test_a_step_that_is_begun_again_for_a_thing_by_another_name_is_undone_for_both(
    host: Host,
) -> None:
    """As after a first run that failed, and another tunnel.account for the second."""
    for made in ("one", "other"):
        host.run("named", "ensure", made=made)
    assert host.kept() == ["one@named", "other@named"]

    assert host.run("named", "absent", made="other") == (0, "undid named\n")
    assert host.kept() == ["one@named"]
    assert "undid the step named, which had not ended" in host.run("wsl-start", "absent")[1]

    assert not [name for name in ("one", "other") if (host.folder / name).exists()]
    assert host.kept() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("tunnel-user", "account"), ("tunnel-service", "unit"), ("tunnel-key", "unit")],
)
def test_the_steps_of_things_that_the_settings_name_keep_themselves_by_that_name(
    name: str, value: str
) -> None:
    assert f"\nidentity=${value}\n" in script(f"{name}.sh")


def test_steps_are_undone_from_the_last_to_the_first(host: Host) -> None:
    for name in ("one", "two"):
        host.run(name, "ensure", script_name="broken.sh")
    said = host.run("vps-boot", "absent")[1]

    assert said.index("undid two") < said.index("undid one")


def test_no_file_of_a_step_is_kept_and_others_cannot_read_what_is(host: Host) -> None:
    host.run("broken", "ensure")
    kept = host.folder / KEPT / "broken"

    assert "hidden words" not in kept.read_text()
    assert [oct(path.stat().st_mode & 0o777) for path in (kept.parent, kept)] == ["0o700", "0o600"]


def test_what_cannot_be_undone_is_an_error_and_stays_for_the_next_try(host: Host) -> None:
    host.run("stubborn", "ensure")
    status, said = host.run("wsl-start", "absent")

    assert status == 1
    assert "error: it stays" in said
    assert "error: what the step stubborn left on" in said
    assert host.kept() == ["stubborn"]


def test_a_command_that_fails_while_a_step_is_undone_is_not_passed_over(host: Host) -> None:
    host.run("fails", "ensure")

    assert host.run("wsl-start", "absent")[0] == 1
    assert host.kept() == ["fails"]


def test_steps_side_by_side_do_not_take_each_others_folders_away(host: Host) -> None:
    def come_and_go(name: str) -> list[tuple[int, str]]:
        verbs = ("ensure", "absent") * 8
        return [host.run(name, verb, script_name="slow.sh") for verb in verbs]

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(come_and_go, ["one", "two", "three"]))

    assert {one for each in done for one in each} == {(0, "")}
    assert not (host.folder / "var/lib/vps-reverse-proxy").exists()
