"""Which package nginx comes from, and whose it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.unit.components.test_packages import Machine

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

# As in Ubuntu 22.04.
NEEDS = {
    "bash": [],
    "nginx": ["nginx-core"],
    "nginx-core": ["nginx-common"],
    "nginx-extras": ["nginx-common"],
    "nginx-common": [],
}
NGINX = {"nginx", "nginx-common", "nginx-core"}
FAKES = """
bring_back() { :; }
raise_limits() { :; }
take_up_limits() { :; }
drop_unit_file() { :; }
"""


class Host(Machine):
    """A machine on which one program, or none, has port 80."""

    def __init__(self, folder: Path, *there: str) -> None:
        super().__init__(folder, "bash", *there)
        self.write("packages.json", json.dumps(NEEDS))

    def try_to(self, verb: str, *, holder: str = "") -> subprocess.CompletedProcess[str]:
        """Run the step."""
        return self.run(
            "nginx-packages.sh",
            verb,
            values={"upgrade": "no", "port": "80"},
            fakes=f"{FAKES}\nport_owner() {{ echo '{holder}'; }}\n",
        )

    def step(self, verb: str, *, holder: str = "") -> str:
        """Run the step; what it said."""
        done = self.try_to(verb, holder=holder)
        assert done.returncode == 0, done.stderr
        return done.stderr


@pytest.mark.parametrize("noise", ["", "diversion by theirs from: /usr/sbin/nginx"])
def test_an_nginx_of_another_package_is_taken_as_it_is_and_stays_its_owners(
    tmp_path: Path, noise: str
) -> None:
    host = Host(tmp_path, "nginx-common", "nginx-extras")
    host.write("owned", "/usr/sbin/nginx nginx-extras\n")
    tool = (host.folder / "bin/dpkg-query").read_text().splitlines()[-1]
    host.program("dpkg-query", f'[ -z "{noise}" -o "$1" != -S ] || echo "{noise}"\n{tool}')

    assert host.step("ensure", holder="nginx (pid 7)") == ""
    assert host.there() == {"bash", "nginx-common", "nginx-extras"}
    assert host.try_to("alone").returncode != 0
    assert host.step("absent") == ""
    assert host.there() == {"bash", "nginx-common", "nginx-extras"}


def test_without_any_the_distributions_own_is_installed_and_taken_away_again(
    tmp_path: Path,
) -> None:
    host = Host(tmp_path)
    assert host.step("ensure") == "changed: installed nginx\n"
    host.write("owned", "/usr/sbin/nginx nginx-core\n")
    assert host.step("ensure", holder="nginx (pid 7)") == ""

    assert host.there() == {"bash", *NGINX}
    assert host.try_to("alone").returncode == 0
    assert host.step("absent") == "changed: removed nginx nginx-common nginx-core\n"
    assert host.there() == {"bash"}


def test_one_that_was_not_installed_to_its_end_is_asked_for_by_its_name(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.write("owned", "/usr/sbin/nginx nginx-core\n")

    host.step("ensure")

    assert host.there() == {"bash", *NGINX}


def test_one_that_no_package_brought_is_named_where_it_has_the_port(tmp_path: Path) -> None:
    done = Host(tmp_path).try_to("ensure", holder="nginx (pid 7)")

    assert done.returncode == 1
    assert "error: port 80 of the VPS is taken by nginx (pid 7); stop and" in done.stderr
