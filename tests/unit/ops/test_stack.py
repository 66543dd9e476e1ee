"""What bin/ops says when a stack cannot be read, and that it never says a secret."""

from typing import Any

import pytest

from tests.unit.ops.conftest import LOGIN, Ops


@pytest.mark.parametrize(
    ("pulumi_says", "remedy"),
    [
        ("error: no stack selected; please use `pulumi stack select`", "--stack STACK"),
        ("error: no stack named 'nope' found", "pulumi stack ls"),
        (
            "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
            "pulumi login --local",
        ),
        (
            "error: constructing secrets manager: passphrase must be set with PULUMI_CONFIG_PASS",
            "read -rsp 'Passphrase: ' PULUMI_CONFIG_PASSPHRASE",
        ),
        ("error: failed to decrypt: incorrect passphrase, please set", "not this stack's"),
        ("error: something new", "pulumi stack output failed"),
    ],
)
def test_pulumis_refusal_is_shown_with_what_to_do(ops: Ops, pulumi_says: str, remedy: str) -> None:
    ops.pulumi(complains=pulumi_says, status=255)
    done = ops.run("ssh")

    assert done.returncode == 1
    assert pulumi_says in done.stderr
    assert remedy in done.stderr
    assert not (ops.folder / "seen.json").exists()


def test_no_pulumi_names_bin_setup(ops: Ops) -> None:
    (ops.folder / "bin" / "pulumi").unlink()
    done = ops.run("ssh", PATH=str(ops.folder / "bin"))

    assert done.returncode == 1
    assert "run bin/setup" in done.stderr


def test_a_stack_that_was_never_deployed_is_told_apart(ops: Ops) -> None:
    ops.outputs({})

    assert "no pulumi up of it has finished yet" in ops.run("ssh").stderr


def test_outputs_without_a_login_ask_for_pulumi_up(ops: Ops) -> None:
    ops.outputs({"vpsAddress": "203.0.113.16"})

    assert "no output `login`" in ops.run("ssh").stderr


@pytest.mark.parametrize(
    "login", [{**LOGIN, "port": "PLANTED-KEY-TEXT"}, {"privateKey": "PLANTED-KEY-TEXT"}, "[secret]"]
)
def test_a_login_of_another_shape_is_refused_without_showing_it(ops: Ops, login: Any) -> None:
    ops.outputs({"login": login})
    done = ops.run("ssh")

    assert done.returncode == 1
    assert "run pulumi up once" in done.stderr
    assert "PLANTED" not in done.stderr


def test_words_that_are_no_json_are_not_repeated(ops: Ops) -> None:
    ops.pulumi(says="warning: x\nPLANTED-KEY-TEXT")
    done = ops.run("ssh")

    assert done.returncode == 1
    assert "no JSON" in done.stderr
    assert "PLANTED" not in done.stderr
