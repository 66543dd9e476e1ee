"""Which package nginx comes from, and whose it is."""

from __future__ import annotations

import hashlib
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


STOCK = "server { listen 80 default_server; listen [::]:80 default_server; }\n"
SITE = "etc/nginx/sites-enabled/default"
AVAILABLE = "etc/nginx/sites-available/default"
APT = """cd {folder}
if [[ "$*" == *install*nginx* && ! -e etc/nginx ]]; then
  mkdir -p etc/nginx/sites-available etc/nginx/sites-enabled
  cp stock etc/nginx/sites-available/default
  ln -s ../sites-available/default etc/nginx/sites-enabled/default
fi
{apt}
if grep -q nginx-core installed && grep -qs :: etc/nginx/sites-enabled/default; then
  sed -i '/^nginx$/d; /nginx-core/d' installed
  echo nginx does not start
  exit 100
fi
"""


class WithoutIpv6(Host):
    """One whose nginx does not start, and whose package does not install, with such a site."""

    def __init__(self, folder: Path, *there: str) -> None:
        super().__init__(folder, *there)
        apt = (folder / "bin/apt-get").read_text().splitlines()[-1]
        self.write("stock", STOCK)
        self.program("apt-get", APT.format(folder=folder, apt=apt))
        tool = (folder / "bin/dpkg-query").read_text().splitlines()[-1]
        came = hashlib.md5(STOCK.encode(), usedforsecurity=False).hexdigest()
        told = f"echo ' {folder}/{AVAILABLE} {came}'"
        self.program("dpkg-query", f'[[ "$*" != *Conffiles* ]] || {{ {told}; exit; }}\n{tool}')

    def _here(self, text: str) -> str:
        return super()._here(text).replace("/proc/net/", f"{self.folder}/proc/net/")


def test_on_a_kernel_without_ipv6_nginx_is_installed_and_goes_with_all_that_came(
    tmp_path: Path,
) -> None:
    host = WithoutIpv6(tmp_path)

    said = host.step("ensure")

    assert said == "changed: installed nginx-common\nchanged: installed nginx\n"
    assert host.there() == {"bash", *NGINX}
    assert host.try_to("alone").returncode == 0
    assert host.step("ensure") == ""
    assert host.step("absent") == "changed: removed nginx nginx-common nginx-core\n"
    assert host.there() == {"bash"}


def test_where_that_has_failed_before_it_is_made_up_for(tmp_path: Path) -> None:
    host = WithoutIpv6(tmp_path)
    host.write("proc/net/if_inet6")
    failed = host.try_to("ensure")
    assert "nginx does not start" in failed.stderr
    (host.folder / "proc/net/if_inet6").unlink()

    assert host.step("ensure") == "changed: installed nginx\n"
    assert host.step("absent") == "changed: removed nginx nginx-common nginx-core\n"


def test_a_site_that_somebody_has_made_of_debians_own_is_left_to_him(tmp_path: Path) -> None:
    host = WithoutIpv6(tmp_path, "nginx-common")
    host.write(SITE, "server { listen 80; }\n")

    assert host.step("ensure") == "changed: installed nginx\n"
    assert host.step("absent") == "changed: removed nginx nginx-core\n"
    assert host.read(SITE) == "server { listen 80; }\n"


def test_with_ipv6_debians_own_site_is_not_this_steps_to_take(tmp_path: Path) -> None:
    host = Host(tmp_path, "nginx-common")
    host.write(SITE, STOCK)

    host.step("ensure")

    assert host.read(SITE) == STOCK
