"""The order in which an engine is looked for; fake programs stand for curl and pulumi."""

from pathlib import Path

import pytest

from lab.cache import BuildError
from lab.engine import build
from lab.paths import cache_dir

_INSTALLER = """\
#!/bin/sh
# --version VERSION --install-root DIR --no-edit-path
[ "$1 $3 $5" = "--version --install-root --no-edit-path" ] || exit 9
mkdir -p "$4/bin"
for name in {names}; do echo "$2" > "$4/bin/$name"; done
"""


class Machine:
    """A PATH with nothing but what a test puts there, an empty cache, and no real Go build."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.builds = 0

    def add(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(script)
        path.chmod(0o755)

    def add_engine(self, version: str) -> None:
        for name in build.PROGRAMS:
            self.add(name, f"#!/bin/sh\necho {version}\n")

    def add_curl(self, answer: str) -> None:
        self.add("curl", f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n")

    def build(self, into: Path, _report: object) -> None:
        self.builds += 1
        for name in build.PROGRAMS:
            (into / name).touch()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    programs = tmp_path / "bin"
    programs.mkdir()
    made = Machine(programs)
    made.add("curl", "#!/bin/sh\nexit 6\n")
    for needed in ("sh", "mkdir", "cat", "timeout", "echo"):
        (programs / needed).symlink_to(f"/usr/bin/{needed}")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(build, "_build", made.build)
    return made


@pytest.mark.parametrize("version", ["v3.226.0", "3.259.0", "v4.0.0"])
def test_a_new_enough_pulumi_on_path_is_used(machine: Machine, version: str) -> None:
    machine.add_engine(version)
    assert build.ensure_engine() == machine.programs
    assert machine.builds == 0


@pytest.mark.parametrize("version", ["v3.225.9", "v2.300.0", "dev"])
def test_an_old_or_unknown_pulumi_on_path_is_left_alone(machine: Machine, version: str) -> None:
    machine.add_engine(version)
    assert build.ensure_engine().is_relative_to(cache_dir())


def test_a_pulumi_without_its_language_host_is_left_alone(machine: Machine) -> None:
    machine.add_engine("v3.259.0")
    (machine.programs / "pulumi-language-python").unlink()
    assert build.ensure_engine().is_relative_to(cache_dir())


def test_the_official_installer_is_used_at_the_version_of_the_sdk(machine: Machine) -> None:
    machine.add_curl(_INSTALLER.format(names=" ".join(build.PROGRAMS)))
    engine = build.ensure_engine()
    assert (engine / "pulumi").read_text().strip() == build._sdk_version()
    assert machine.builds == 0


def test_where_the_installer_cannot_be_had_the_engine_is_built(machine: Machine) -> None:
    assert (build.ensure_engine() / "pulumi").is_file()
    assert machine.builds == 1


@pytest.mark.parametrize(
    ("curl", "installer"),
    [("kill -INT $$", ""), ("", "kill -INT $$"), ("", "exit 130")],
)
def test_ctrl_c_in_the_installer_does_not_begin_a_build(
    machine: Machine, curl: str, installer: str
) -> None:
    if curl:
        machine.add("curl", f"#!/bin/sh\n{curl}\n")
    else:
        machine.add_curl(f"#!/bin/sh\n{installer}")

    with pytest.raises(KeyboardInterrupt):
        build.ensure_engine()

    assert machine.builds == 0


@pytest.mark.parametrize(
    "answer",
    ["<html>a captive portal</html>", "#!/bin/sh\nexit 1", _INSTALLER.format(names="pulumi")],
    ids=["no script", "a failing script", "a script that leaves programs out"],
)
def test_where_the_installer_does_not_work_the_engine_is_built(
    machine: Machine, answer: str
) -> None:
    machine.add_curl(answer)
    assert (build.ensure_engine() / "pulumi-language-python").is_file()
    assert machine.builds == 1


def test_an_engine_that_is_kept_is_used_without_asking_the_network(
    machine: Machine, tmp_path: Path
) -> None:
    first = build.ensure_engine()
    machine.add("curl", f"#!/bin/sh\necho asked > {tmp_path}/asked\nexit 6\n")
    assert build.ensure_engine() == first
    assert not (tmp_path / "asked").exists()
    assert machine.builds == 1


def test_versions_are_read_from_the_go_modules() -> None:
    text = "require (\n\tgithub.com/a/b/c v1.2.3 // indirect\n\tgithub.com/a/b v4.5.6\n)\n"
    assert build.module_version(text, "github.com/a/b") == "4.5.6"
    with pytest.raises(BuildError, match="does not require"):
        build.module_version(text, "github.com/a")
