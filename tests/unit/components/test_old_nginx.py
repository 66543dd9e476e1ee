"""An nginx that cannot do what port 443 takes is refused by the step that brings it."""

from pathlib import Path

import pytest

from tests.unit.components.conftest import Up
from tests.unit.components.sandbox import Sandbox


def look(folder: Path, version: str, *, tls: str = "yes", other: str = "") -> str:
    """What the step says to an nginx that tells this of itself, beside another's site."""
    vps = Sandbox(folder)
    vps.program("nginx", f"echo 'nginx version: {version}' >&2")
    if other:
        vps.write("etc/nginx/conf.d/blog.conf", other)
    values = {"tls": tls, "upgrade": "no", "port": "80"}
    # What the step does before it looks, and where it goes on if it may.
    fakes = "\n".join(
        f"{name}() {{ :; }}" for name in ("lock_packages", "installed", "install_packages")
    )
    fakes += "\nbring_back() { exit; }"
    done = vps.run("nginx-packages.sh", "ensure", values=values, fakes=fakes)
    assert done.returncode == ("error: " in done.stderr), done.stderr
    return done.stderr


@pytest.mark.parametrize("version", ["nginx/1.18.0 (Ubuntu)", "nginx/1.9.15"])
def test_an_nginx_that_is_too_old_for_port_443_is_named(tmp_path: Path, version: str) -> None:
    said = look(tmp_path, version)

    number = version.removeprefix("nginx/").removesuffix(" (Ubuntu)")
    assert said.startswith(f"error: nginx on the VPS is {number}, which cannot")
    assert "install 1.19.4 or newer there" in said


@pytest.mark.parametrize(
    "version", ["nginx/1.19.4", "nginx/1.22.1", "nginx/1.26.3 (Debian)", "openresty/1.21.4.1", "?"]
)
def test_one_that_is_not_goes_on(tmp_path: Path, version: str) -> None:
    assert look(tmp_path, version) == ""


def test_an_old_one_may_serve_port_80_and_443_where_others_answer_for_unknown_names(
    tmp_path: Path,
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()

    assert look(tmp_path / "a", "nginx/1.18.0", tls="no") == ""
    other = "server { listen 443 ssl; }\n"
    assert look(tmp_path / "b", "nginx/1.18.0", other=other) == ""


@pytest.mark.parametrize(("mode", "tls"), [("flexible", "no"), ("full", "yes"), ("direct", "yes")])
def test_the_step_is_told_whether_port_443_is_to_come(up: Up, mode: str, tls: str) -> None:
    assert f"\ntls={tls}\n" in up(edge={"mode": mode})["proxy-packages"].text("stdin")
