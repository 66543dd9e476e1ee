"""bin/ops ssh: where it goes, what it keeps secret, what it leaves behind."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from components.naming import StackName
from components.outputs import describe_operations
from ops.login import memory_folder
from tests.unit.ops.conftest import LOGIN, PRIVATE, ROOT, Ops
from tests.unit.settings_support import load

STACK = StackName(project="vps-reverse-proxy", stack="dev")

DEADLINE = 20.0  # seconds


def test_it_logs_in_as_the_administrator_with_nothing_but_the_stacks_keys(ops: Ops) -> None:
    done = ops.run("ssh")

    assert done.returncode == 0, done.stderr
    arguments = ops.seen["arguments"]
    assert arguments[-6:] == ["-p", "2222", "-l", "admin", "--", "203.0.113.16"]
    for option in (
        "StrictHostKeyChecking=yes",
        "GlobalKnownHostsFile=/dev/null",
        "HostKeyAlias=vps",
        "HostKeyAlgorithms=ssh-ed25519",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
    ):
        assert arguments[arguments.index(option) - 1] == "-o"
    assert ops.seen["key"] == PRIVATE
    assert ops.seen["known_hosts"] == "vps ssh-ed25519 AAAAhostkey\n"


def test_the_key_is_ours_alone_and_gone_afterwards(ops: Ops) -> None:
    ops.run("ssh")

    assert ops.seen["modes"] == [0o600, 0o700]
    assert Path(ops.seen["folder"]).parent == ops.folder / "memory"
    assert ops.left == []


def test_the_key_is_on_no_command_line_in_no_environment_and_in_no_output(ops: Ops) -> None:
    ops.ssh("print(sys.argv)")
    done = ops.run("ssh", "--", "id")

    places = (ops.seen["arguments"], ops.seen["environment"], done.stdout, done.stderr)
    assert "PLANTED-KEY-TEXT" not in str(places)


def test_a_command_keeps_its_words_its_input_its_output_and_its_status(ops: Ops) -> None:
    ops.ssh("print('heard ' + sys.stdin.read())\nprint('alas', file=sys.stderr)\nsys.exit(7)")
    done = ops.run("ssh", "--", "grep", "-c", "x y", stdin="words")

    assert (done.returncode, done.stdout, done.stderr) == (7, "heard words\n", "alas\n")
    assert ops.seen["arguments"][-5:] == ["--", "203.0.113.16", "grep", "-c", "x y"]
    assert ops.left == []


def test_without_a_separator_the_options_behind_the_command_are_the_commands(ops: Ops) -> None:
    ops.run("ssh", "systemctl", "--version")

    assert ops.seen["arguments"][-2:] == ["systemctl", "--version"]


@pytest.mark.parametrize(
    ("typed", "runs"),
    [
        ([], []),
        (["vps"], []),
        (["--stack", "staging", "vps"], []),
        (["vps", "--", "id", "-un"], ["id", "-un"]),
        (["vps", "uptime", "-p"], ["uptime", "-p"]),
        (["--", "vps"], ["vps"]),
        (["vps", "--", "vps"], ["vps"]),
        (["--", "vps", "--", "id"], ["vps", "--", "id"]),
        (["id"], ["id"]),
        (["id", "vps"], ["id", "vps"]),
    ],
)
def test_a_first_word_vps_names_the_host_and_is_no_command(
    ops: Ops, typed: list[str], runs: list[str]
) -> None:
    ops.run("ssh", *typed)
    arguments = ops.seen["arguments"]

    assert arguments[arguments.index("203.0.113.16") + 1 :] == runs


@pytest.mark.parametrize("option", [["--stack", "staging"], ["--stack=staging"], ["-s", "staging"]])
def test_an_option_behind_the_host_is_refused_before_anything_is_asked(
    ops: Ops, option: list[str]
) -> None:
    done = ops.run("ssh", "vps", *option)

    assert done.returncode == 1
    assert done.stderr == (
        f"bin/ops: {option[0]} comes after the host; options of bin/ops come before it, for"
        " example: bin/ops ssh --stack STACK vps\n"
    )
    assert not (ops.folder / "pulumi-called").exists()


def test_the_stack_is_asked_for_in_the_checkout_wherever_the_user_is(ops: Ops) -> None:
    ops.run("ssh", "--stack", "staging")

    called = (ops.folder / "pulumi-called").read_text()
    assert called.startswith(f"{ROOT} stack output --json --show-secrets --stack staging")
    assert called.endswith("--non-interactive\n")


def end_by(running: "subprocess.Popen[bytes]", number: signal.Signals, ops: Ops) -> None:
    """Send the signal once ssh has been given the key, and wait for the end."""
    deadline = time.monotonic() + DEADLINE
    while not (ops.folder / "seen.json").exists():
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert len(ops.left) == 1
    running.send_signal(number)

    assert running.wait(DEADLINE) == 128 + number


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_ssh_and_the_key_is_removed_all_the_same(
    ops: Ops, number: signal.Signals
) -> None:
    ops.ssh("import signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\ntime.sleep(60)")
    with subprocess.Popen([*ops.command, "ssh"], env=ops.environment, cwd=ops.folder) as running:
        end_by(running, number, ops)
    assert ops.left == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_every_other_command_and_the_key_is_removed(
    ops: Ops, number: signal.Signals
) -> None:
    told = json.loads(json.dumps(describe_operations(load(), STACK)))
    ops.outputs({"login": LOGIN, "vpsAddress": "203.0.113.16", "operations": told})
    ops.ssh("time.sleep(60)")
    with subprocess.Popen(
        [*ops.command, "restart", "nginx"], env=ops.environment, cwd=ops.folder
    ) as running:
        end_by(running, number, ops)
    assert ops.left == []


def test_the_key_goes_to_memory_and_never_to_another_users_folder(tmp_path: Path) -> None:
    assert memory_folder({"XDG_RUNTIME_DIR": str(tmp_path)}) == str(tmp_path)
    assert memory_folder({"XDG_RUNTIME_DIR": "relative"}) == memory_folder({})
    assert memory_folder({"XDG_RUNTIME_DIR": str(tmp_path / "gone")}) == memory_folder({})


def test_no_ssh_is_told_with_the_package_to_install(ops: Ops) -> None:
    (ops.folder / "bin" / "ssh").unlink()
    (ops.folder / "bin" / "cat").symlink_to("/bin/cat")
    done = ops.run("ssh", PATH=str(ops.folder / "bin"))

    assert (done.returncode, done.stderr) == (
        1,
        "bin/ops: there is no ssh here: sudo apt-get install openssh-client\n",
    )
    assert ops.left == []


def test_without_a_venv_bin_ops_names_bin_setup(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    copy = tmp_path / "bin" / "ops"
    copy.write_bytes((ROOT / "bin/ops").read_bytes())
    done = subprocess.run(["bash", str(copy), "ssh"], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == f"bin/ops: there is no .venv in {tmp_path} yet: run bin/setup\n"


def test_bin_ops_runs_the_module_with_the_venvs_python_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "checkout/bin").mkdir(parents=True)
    (tmp_path / "checkout/.venv/bin").mkdir(parents=True)
    copy = tmp_path / "checkout/bin/ops"
    copy.write_bytes((ROOT / "bin/ops").read_bytes())
    python = tmp_path / "checkout/.venv/bin/python"
    python.write_text('#!/bin/sh\necho "$PYTHONPATH" "$@"\n')
    python.chmod(0o755)
    (tmp_path / "ops").symlink_to(copy)
    done = subprocess.run(
        ["bash", str(tmp_path / "ops"), "ssh", "--", "id"],
        cwd=os.sep,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == f"{tmp_path}/checkout -m ops ssh -- id\n"


def test_an_old_venv_is_told_what_it_lacks(ops: Ops) -> None:
    (ops.folder / "typer.py").write_text("raise ModuleNotFoundError(name='typer')")
    done = ops.run("ssh", PYTHONPATH=f"{ops.folder}:{ROOT}")

    assert done.stderr == "bin/ops: .venv lacks the package typer: run bin/setup\n"
    assert done.returncode == 1
