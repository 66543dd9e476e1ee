"""A change that nginx does not take up is taken back: nginx must still start at the next boot."""

from pathlib import Path

import pytest

from tests.unit.components.sandbox import Sandbox

OURS = "etc/nginx/conf.d/ours.conf"
STOCK = "etc/nginx/sites-enabled/default"
LOG = "var/log/nginx/error.log"
CHILDREN = "run/children"
EMERG = "bind() to 0.0.0.0:443 failed (98: Address already in use)"
FAKES = f"""
nginx_children() {{ cat $PWD/{CHILDREN}; }}
sleep() {{ SECONDS=$((SECONDS + 30)); }}
"""


class Vps(Sandbox):
    """A machine whose nginx runs, with Debian's site and one of ours from before."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for name in ("unshare", "ss", "journalctl"):
            self.program(name)
        self.write("etc/nginx/nginx.conf")
        self.write("etc/nginx/sites-available/default", "stock")
        (folder / STOCK).parent.mkdir()
        (folder / STOCK).symlink_to("../sites-available/default")
        self.write(OURS, "before")
        self.write(CHILDREN, "7\n8\n")
        self.write(LOG, "[emerg] 1#1: of long ago\n")

    def systemctl(self, *, on_reload: str = ":", on_start: str = ":", active: bool = True) -> None:
        """What it does."""
        is_active = ":" if active else "exit 3"
        told = f"is-active) {is_active} ;; reload) {on_reload} ;; start) {on_start} ;;"
        self.program("systemctl", f"case $1 in {told} esac")

    def change(self, *, listeners: str = "") -> tuple[int, str]:
        """A change of our site, which takes the place of Debian's, and a new file."""
        done = self.run(
            "nginx-site.sh",
            f"put_config new.conf $PWD/{OURS}; put_config new.conf $PWD/etc/nginx/new/x.conf;"
            f" drop_config $PWD/{STOCK}; apply_config",
            values={"listeners": listeners, "own_ports": ""},
            files={"new.conf": "after\n"},
            fakes=FAKES,
        )
        return done.returncode, "".join(
            line for line in done.stderr.splitlines(keepends=True) if "changed: " not in line
        )

    def is_as_before(self) -> bool:
        return (
            self.read(OURS) == "before"
            and (self.folder / STOCK).readlink() == Path("../sites-available/default")
            and not (self.folder / "etc/nginx/new/x.conf").exists()
        )


@pytest.fixture
def vps(tmp_path: Path) -> Vps:
    return Vps(tmp_path)


def test_a_reload_is_through_once_new_workers_are_there(vps: Vps) -> None:
    vps.systemctl(on_reload=f"printf '8\\n9\\n' >{vps.folder / CHILDREN}")

    assert vps.change() == (0, "")
    assert vps.read(OURS) == "after\n"
    assert not (vps.folder / STOCK).is_symlink()
    assert not (vps.folder / "run/vps-reverse-proxy").exists()


def test_a_reload_that_leaves_the_old_workers_is_told_with_nginxs_words_and_taken_back(
    vps: Vps,
) -> None:
    line = f"2026/11/28 12:00:00 [emerg] 42#42: {EMERG}"
    vps.systemctl(on_reload=f"echo '{line}' >>{vps.folder / LOG}")

    code, said = vps.change()

    assert code == 1
    assert said == (
        f"[emerg]: {EMERG}\n"
        "error: nginx on the VPS does not take up the new configuration (its words are above) and"
        " goes on with the old one; where they are 'Address already in use', another of its own"
        " listen lines has that port, in a block stream or mail or with ipv6only=off: change that"
        " one, then run pulumi up again\n"
    )
    assert vps.is_as_before()
    assert not (vps.folder / "run/vps-reverse-proxy").exists()


def test_what_an_earlier_run_left_for_nginx_to_take_up_is_still_noted(vps: Vps) -> None:
    vps.write("run/vps-reverse-proxy/nginx")
    vps.systemctl()

    code, _ = vps.change()

    assert code == 1
    assert (vps.folder / "run/vps-reverse-proxy/nginx").exists()


def test_a_reload_that_systemd_refuses_is_taken_back(vps: Vps) -> None:
    vps.systemctl(on_reload="exit 1")

    code, said = vps.change()

    assert code == 1
    assert "error: nginx on the VPS is not reloaded; systemd's words are above" in said
    assert vps.is_as_before()


def test_a_start_that_fails_is_taken_back(vps: Vps) -> None:
    vps.systemctl(on_start="exit 1", active=False)

    code, said = vps.change()

    assert code == 1
    assert "error: nginx does not start on the VPS" in said
    assert vps.is_as_before()


def test_a_port_that_nginx_never_has_is_told_and_the_change_taken_back(vps: Vps) -> None:
    vps.systemctl(on_reload=f"printf '9\\n' >{vps.folder / CHILDREN}")

    code, said = vps.change(listeners="80")

    assert code == 1
    assert "error: nginx on the VPS does not listen on port 80: taken by a program outside" in said
    assert vps.is_as_before()
    assert vps.called()[-1] == "systemctl reload nginx"
