"""nginx, killed by whoever: where it is here for us alone, it comes back without a person."""

from pathlib import Path

import pytest

from tests.unit.components.sandbox import Sandbox
from tests.unit.components.test_templates import expected

FOLDER = "etc/systemd/system/nginx.service.d"
FILE = f"{FOLDER}/vps-reverse-proxy-restart.conf"
RESTART = expected("nginx-restart.conf")
FAKES = """
installed() { :; }
install_packages() { :; }
remove_packages() { :; }
lock_packages() { :; }
raise_limits() { :; }
take_up_limits() { :; }
"""


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    """A machine whose nginx the program has installed."""
    machine = Sandbox(tmp_path)
    machine.write("var/lib/vps-reverse-proxy/nginx.packages", "nginx\n")
    return machine


def do(host: Sandbox, verb: str, **files: str) -> str:
    """Run the step; what it said."""
    done = host.run(
        "nginx-packages.sh",
        verb,
        values={"upgrade": "no", "port": "80"},
        files={"restart.conf": RESTART, **{f"{name}.conf": text for name, text in files.items()}},
        fakes=FAKES,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.replace(str(host.folder), "")


def test_an_nginx_for_us_alone_is_told_to_come_back_once(host: Sandbox) -> None:
    assert do(host, "ensure") == f"changed: /{FILE}\n"
    assert "systemctl daemon-reload" in host.called()
    assert host.read(FILE) == RESTART

    assert do(host, "ensure") == ""
    assert host.called() == []


def test_a_rented_machine_has_its_sandbox_beside_it_whoever_else_has_sites(host: Sandbox) -> None:
    host.write("etc/nginx/conf.d/blog.conf")
    sandbox = expected("nginx-sandbox.conf")

    said = do(host, "ensure", sandbox=sandbox)

    assert said == f"changed: /{FOLDER}/vps-reverse-proxy.conf\nchanged: /{FILE}\n"
    assert host.read(f"{FOLDER}/vps-reverse-proxy.conf") == sandbox
    assert host.read(FILE) == RESTART


def test_nginx_is_never_restarted_for_it(host: Sandbox) -> None:
    do(host, "ensure", sandbox=expected("nginx-sandbox.conf"))
    do(host, "ensure")
    do(host, "absent")

    assert set(host.called()) == {"systemctl daemon-reload"}


@pytest.mark.parametrize("before", [False, True])
def test_an_nginx_with_the_sites_of_others_is_theirs_to_set(host: Sandbox, *, before: bool) -> None:
    if before:
        do(host, "ensure")
    host.write("etc/nginx/conf.d/blog.conf")

    assert do(host, "ensure") == (f"changed: removed /{FILE}\n" if before else "")
    assert not (host.folder / FOLDER).exists()


def test_a_reading_of_units_that_a_killed_run_owed_is_made_up_for(host: Sandbox) -> None:
    do(host, "ensure")
    host.write("run/vps-reverse-proxy/nginx-unit")
    host.called()

    do(host, "ensure")

    assert host.called() == ["systemctl daemon-reload"]


def test_with_the_last_stack_it_goes_and_not_before(host: Sandbox) -> None:
    do(host, "ensure")
    other = host.write("var/lib/vps-reverse-proxy/users/nginx/p_other")

    do(host, "absent")
    assert (host.folder / FILE).exists()

    other.unlink()
    other.parent.rmdir()
    do(host, "absent")
    assert not (host.folder / FOLDER).exists()
