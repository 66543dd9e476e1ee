"""The tunnel's unit, account and folder are this stack's or nobody's."""

from pathlib import Path

import pytest

from components.naming import StackName
from components.preflight import Machine, account_comment
from components.preflight.local_checks import host_problems
from settings import Settings
from tests.unit.preflight_support import DEV, PASSWD, Fake, problems
from tests.unit.settings_support import HCLOUD

UNIT = "etc/systemd/system/vps-tunnel.service"


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(root=tmp_path)


def test_the_stacks_own_unit_is_no_obstacle(fake: Fake) -> None:
    fake.write(UNIT, f"# Owned by vps-reverse-proxy stack {DEV.owner}\n[Unit]\n")
    fake.write("etc/passwd", PASSWD + "vps-tunnel:x:999:999::/var/lib/vps-tunnel:/bin/false\n")
    fake.write("var/lib/vps-tunnel/id_ed25519", "")

    assert problems(fake) == []


def test_an_interrupted_first_run_is_no_obstacle(fake: Fake) -> None:
    comment = account_comment(DEV)
    fake.write(
        "etc/passwd", f"{PASSWD}vps-tunnel:x:999:999:{comment}:/var/lib/vps-tunnel:/bin/false\n"
    )
    fake.write("var/lib/vps-tunnel/id_ed25519", "")

    assert problems(fake) == []


@pytest.mark.parametrize(
    ("folder", "accepted"),
    [((0, 999, 0o750), True), ((999, 999, 0o750), False), ((0, 0, 0o755), False), (None, False)],
)
def test_an_account_without_a_mark_is_known_by_its_folder(
    fake: Fake,
    monkeypatch: pytest.MonkeyPatch,
    folder: tuple[int, int, int] | None,
    *,
    accepted: bool,
) -> None:
    fake.write("etc/passwd", PASSWD + "vps-tunnel:x:998:999::/var/lib/vps-tunnel:/bin/false\n")
    monkeypatch.setattr(Machine, "folder", lambda *_: folder)

    assert (problems(fake) == []) is accepted


def test_an_account_of_another_stack_is_refused(fake: Fake) -> None:
    prod = account_comment(StackName(project="vps-reverse-proxy", stack="prod"))
    fake.write("etc/passwd", f"{PASSWD}vps-tunnel:x:9:9:{prod}:/var/lib/vps-tunnel:/bin/false\n")

    (problem,) = problems(fake)

    assert "the account vps-tunnel exists" in problem


def test_another_stacks_unit_is_refused_with_the_line_to_set(fake: Fake) -> None:
    fake.write(UNIT, "# Owned by vps-reverse-proxy stack vps-reverse-proxy/prod\n[Unit]\n")

    (problem,) = problems(fake)

    assert "belongs to the stack vps-reverse-proxy/prod" in problem
    assert problem.endswith("pulumi config set --path vps-reverse-proxy:tunnel.unit vps-tunnel-dev")


def test_a_stack_whose_name_begins_alike_is_another_stack(fake: Fake) -> None:
    fake.write(UNIT, f"# Owned by vps-reverse-proxy stack {DEV.owner}-2\n[Unit]\n")

    assert len(problems(fake)) == 1


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (UNIT, "[Unit]\nDescription=the guide's own unit, made by hand\n"),
        ("usr/lib/systemd/system/vps-tunnel.service", "[Unit]\n"),
        ("var/lib/vps-tunnel/data", "somebody's"),
        ("etc/passwd", "vps-tunnel:x:1001:1001:Somebody:/home/vps-tunnel:/bin/bash\n"),
    ],
)
def test_what_is_not_ours_under_that_name_is_refused(fake: Fake, path: str, content: str) -> None:
    fake.write(path, content)
    fake.uid = 0

    (problem,) = problems(fake)

    assert "tunnel.unit vps-tunnel-dev" in problem


def test_the_suggested_unit_is_valid_and_another_one(fake: Fake) -> None:
    stack = StackName(project="vps-reverse-proxy", stack="A_very.long-stack_name_of_mine_")
    unit = "vps-tunnel-a-very-long-stack-na"
    fake.write(f"etc/systemd/system/{unit}.service", "[Unit]\n")
    settings = Settings.model_validate({"server": HCLOUD, "tunnel": {"unit": unit}})

    (problem,) = host_problems(settings, stack, fake.machine())

    suggested = problem.rpartition(" ")[2]
    assert suggested != unit
    Settings.model_validate({"server": HCLOUD, "tunnel": {"unit": suggested}})
