"""Who has a port, where several programs listen on it."""

from pathlib import Path

import pytest

from tests.unit.components.sandbox import Sandbox

THEIRS = """LISTEN 0 511 192.168.1.5:8080 0.0.0.0:* users:(("theirs",pid=7,fd=6))"""
OURS = """LISTEN 0 511 {}:8080 {}:* users:(("nginx",pid=12,fd=6),("nginx",pid=13,fd=6))"""
NOBODY = ""


@pytest.fixture
def vps(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


def seen(vps: Sandbox, *lines: str) -> list[str]:
    """The owner of port 8080, and what a note says of the port."""
    text = "\n".join(lines)
    vps.program("ss", f"cat <<'END'\n{text}\nEND")
    done = vps.run("watcher.sh", "port_owner 8080; observe port 8080")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("address", "peer"),
    [("127.0.0.1", "0.0.0.0"), ("0.0.0.0", "0.0.0.0"), ("*", "*"), ("[::]", "[::]")],
)
def test_a_program_on_another_address_of_the_port_may_stand_beside_nginx(
    vps: Sandbox, address: str, peer: str
) -> None:
    assert seen(vps, THEIRS, OURS.format(address, peer)) == ["nginx (pid 12)", "nginx"]


def test_a_program_that_is_alone_on_the_port_has_it(vps: Sandbox) -> None:
    assert seen(vps, THEIRS) == ["theirs (pid 7)", "theirs"]


def test_a_port_that_nobody_has_is_told_so(vps: Sandbox) -> None:
    assert seen(vps, NOBODY) == ["nobody"]
