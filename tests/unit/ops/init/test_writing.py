"""What pulumi is told, with a pulumi of the tests' own first on PATH."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.errors import OpsError
from ops.init.writing import (
    Backend,
    flatten,
    passphrase_environment,
    read_backend,
    refuse_existing,
    write_stack,
)

CONFIG = {
    "server": {"provider": "hcloud", "region": "nbg1"},
    "services": [{"name": "asr", "port": 8082, "upstreams": ["127.0.0.1:8001"]}],
    "edge": {"mode": "strict", "zone": "example.org"},
    "load_balancer": {"enabled": False},
}
LOCAL = Backend(url="file:///home/me/.pulumi", stacks=("dev",))
CLOUD = Backend(url="https://app.pulumi.com/me", stacks=())

# Notes every call, and keeps the stack's file as the real one would.
_PULUMI = """\
#!{python}
import json, os, pathlib, sys
import yaml
given = sys.stdin.read()
args = sys.argv[1:]
here = pathlib.Path({folder!r})
with (here / "calls").open("a") as file:
    secret = os.environ.get("PULUMI_CONFIG_PASSPHRASE", "")
    file.write(json.dumps(dict(args=args, given=given, passphrase=secret)) + "\\n")
fails = (here / "fails").read_text() if (here / "fails").exists() else "nothing"
if fails in " ".join(args):
    sys.exit("error: no")
if args[0] == "whoami":
    print(json.dumps(dict(user="me", url="file:///home/me/.pulumi")))
elif args[:2] == ["stack", "ls"]:
    print(json.dumps([dict(name="dev"), dict(name="acme/vps-reverse-proxy/cloud")]))
elif args[:2] == ["stack", "init"]:
    pathlib.Path(f"Pulumi.{{args[2]}}.yaml").write_text("encryptionsalt: v1:salt\\n")
elif args[:2] == ["stack", "rm"]:
    pathlib.Path(f"Pulumi.{{args[3]}}.yaml").unlink()
elif args[:2] == ["config", "set-all"]:
    config = json.loads((here / "config.json").read_text())
    config = {{f"p:{{key}}": value for key, value in config.items()}}
    pathlib.Path(f"Pulumi.{{args[3]}}.yaml").write_text(yaml.safe_dump(dict(config=config)))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/pulumi"
    program.write_text(_PULUMI.format(python=sys.executable, folder=str(tmp_path)))
    program.chmod(0o755)
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    return tmp_path


def calls(project: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (project / "calls").read_text().splitlines()]


def write(project: Path) -> Path:
    return write_stack(
        "prod",
        CONFIG,
        {"hcloud:token": "PLANTED-TOKEN"},
        environment={"PULUMI_CONFIG_PASSPHRASE": "PLANTED-PASSPHRASE"},
        project=project,
    )


def test_the_stack_is_made_without_being_selected_and_filled_by_pulumi(project: Path) -> None:
    file = write(project)

    assert file == project / "Pulumi.prod.yaml"
    made, filled, secret = calls(project)
    assert made["args"] == ["stack", "init", "prod", "--no-select", "--non-interactive"]
    assert filled["args"][:5] == ["config", "set-all", "--stack", "prod", "--path"]
    assert "p:services[0].port=8082" in filled["args"]
    assert secret["args"][:5] == ["config", "set", "--stack", "prod", "--secret"]


def test_no_secret_is_ever_on_a_command_line(project: Path) -> None:
    write(project)

    assert "PLANTED" not in json.dumps([call["args"] for call in calls(project)])
    assert calls(project)[-1]["given"] == "PLANTED-TOKEN"
    assert {call["passphrase"] for call in calls(project)} == {"PLANTED-PASSPHRASE"}


@pytest.mark.parametrize("step", ["set-all", "--secret"])
def test_a_stack_that_cannot_be_finished_is_taken_away_again(project: Path, step: str) -> None:
    (project / "fails").write_text(step)

    with pytest.raises(OpsError, match="error: no"):
        write(project)

    assert calls(project)[-1]["args"][:2] == ["stack", "rm"]
    assert not (project / "Pulumi.prod.yaml").exists()


def test_a_file_that_the_program_would_refuse_is_taken_away_again(project: Path) -> None:
    (project / "config.json").write_text(json.dumps({**CONFIG, "edge": {"mode": "off"}}))

    with pytest.raises(OpsError, match=r"edge\.mode"):
        write(project)

    assert not (project / "Pulumi.prod.yaml").exists()


def test_pulumi_tells_where_the_state_is_and_which_stacks_there_are(project: Path) -> None:
    assert read_backend(project) == Backend(url="file:///home/me/.pulumi", stacks=("dev", "cloud"))


def test_an_existing_stack_and_an_existing_file_are_refused(project: Path) -> None:
    (project / "Pulumi.lost.yaml").write_text("")

    with pytest.raises(OpsError, match="there is a stack dev already"):
        refuse_existing("dev", LOCAL, project)
    with pytest.raises(OpsError, match=r"Pulumi\.lost\.yaml exists already"):
        refuse_existing("lost", LOCAL, project)
    refuse_existing("new", LOCAL, project)


def test_a_passphrase_is_asked_for_where_the_state_needs_one() -> None:
    asked = passphrase_environment(LOCAL, prompt=lambda _: "typed", environ={})

    assert asked == {"PULUMI_CONFIG_PASSPHRASE": "typed"}
    assert passphrase_environment(CLOUD, prompt=None, environ={}) == {}
    for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        assert passphrase_environment(LOCAL, prompt=None, environ={name: ""}) == {}


def test_without_a_terminal_a_missing_passphrase_is_named() -> None:
    with pytest.raises(OpsError, match="PULUMI_CONFIG_PASSPHRASE_FILE"):
        passphrase_environment(LOCAL, prompt=None, environ={})


def test_every_single_value_has_its_path() -> None:
    assert list(flatten(CONFIG)) == [
        ("server.provider", "hcloud"),
        ("server.region", "nbg1"),
        ("services[0].name", "asr"),
        ("services[0].port", "8082"),
        ("services[0].upstreams[0]", "127.0.0.1:8001"),
        ("edge.mode", "strict"),
        ("edge.zone", "example.org"),
        ("load_balancer.enabled", "false"),
    ]


def test_the_file_that_stays_is_the_one_pulumi_wrote(project: Path) -> None:
    assert yaml.safe_load(write(project).read_text())["config"]["p:edge"]["mode"] == "strict"
