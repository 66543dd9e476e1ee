"""The limits of an nginx that is here for us alone; the rest of its main file is not ours."""

from pathlib import Path

import pytest

from tests.unit.components.sandbox import Sandbox

MAIN = "etc/nginx/nginx.conf"
DEBIAN = """user www-data;
worker_processes auto;
pid /run/nginx.pid;

events {
\tworker_connections 768;
\t# multi_accept on;
}

http {
\tsendfile on;
\t# server_names_hash_bucket_size 64;
\tinclude /etc/nginx/conf.d/*.conf;
}
"""
RAISED = """worker_rlimit_nofile 20000;
worker_processes 3;
user www-data;
pid /run/nginx.pid;

events {
\tworker_connections 10000;
\t# multi_accept on;
}

http {
\tserver_names_hash_bucket_size 512;
\tmap_hash_bucket_size 512;
\tsendfile on;
\t# server_names_hash_bucket_size 64;
\tinclude /etc/nginx/conf.d/*.conf;
}
"""
LIMITS = (
    "worker_rlimit_nofile 20000,worker_processes 3,worker_connections 10000,"
    "server_names_hash_bucket_size 512,map_hash_bucket_size 512"
)
# Packages are there already; a program may open 20000 files.
FAKES = """
installed() { :; }
install_packages() { :; }
bring_back() { :; }
ulimit() { echo 20000; }
"""


class Vps(Sandbox):
    """A machine on which nginx runs, installed by the program."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.write(MAIN, DEBIAN)
        self.write("var/lib/vps-reverse-proxy/nginx.packages", "nginx\n")
        self.program("nginx")
        self.program("nproc", "echo 2")

    def ensure(self, fakes: str = "") -> str:
        """Run the step; what it said to be changed, without the folder's name."""
        done = self.run(
            "nginx-packages.sh",
            "ensure",
            values={"upgrade": "no", "port": "80"},
            fakes=FAKES + fakes,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr.replace(str(self.folder), "")

    @property
    def reloads(self) -> int:
        """How often nginx has read its files since the last time this was asked."""
        return self.called().count("systemctl reload nginx")


@pytest.fixture
def vps(tmp_path: Path) -> Vps:
    return Vps(tmp_path)


def test_limits_are_raised_and_nginx_takes_them_up(vps: Vps) -> None:
    assert vps.ensure() == "changed: /etc/nginx/nginx.conf\n"
    assert vps.read(MAIN) == RAISED
    assert vps.reloads == 1


def test_the_second_run_changes_nothing(vps: Vps) -> None:
    vps.ensure()
    vps.called()

    assert vps.ensure() == ""
    assert (vps.read(MAIN), vps.reloads) == (RAISED, 0)


def test_limits_that_were_changed_by_hand_are_put_back_and_taken_up(vps: Vps) -> None:
    vps.ensure()
    vps.called()
    changed = RAISED.replace("worker_connections 10000;", "worker_connections   512;")
    vps.write(MAIN, changed.replace("\tmap_hash_bucket_size 512;\n", ""))

    assert vps.ensure() == "changed: /etc/nginx/nginx.conf\n"
    assert (vps.read(MAIN), vps.reloads) == (RAISED, 1)


def test_a_limit_that_was_taken_out_by_hand_is_put_back(vps: Vps) -> None:
    vps.write(MAIN, RAISED.replace("\tworker_connections 10000;\n", ""))

    vps.ensure()

    assert vps.read(MAIN) == RAISED


def test_the_rest_of_the_file_is_the_users_to_change(vps: Vps) -> None:
    vps.ensure()
    edited = RAISED.replace("\tsendfile on;\n", "\tsendfile off;\n\tgzip on;\n")
    vps.write(MAIN, edited)
    vps.called()

    assert vps.ensure() == ""
    assert (vps.read(MAIN), vps.reloads) == (edited, 0)


@pytest.mark.parametrize("run", [1, 2])
def test_every_run_notes_the_limits_and_not_the_file(vps: Vps, run: int) -> None:
    for _ in range(run - 1):
        vps.ensure()
    noted = vps.folder / "noted"

    vps.ensure(
        f"""
        manage() {{ managed["$1 $2"]=$3; }}
        unmanage() {{ unset -v "managed[$1 $2]"; }}
        unlock_nginx() {{
          for one in "${{!managed[@]}}"; do echo "$one: ${{managed[$one]}}"; done >{noted}
        }}
        """
    )

    assert noted.read_text().replace(str(vps.folder), "") == (
        f"limits /etc/nginx/nginx.conf: {LIMITS}\n"
    )


def test_limits_that_a_killed_run_put_in_place_are_taken_up_by_the_next(vps: Vps) -> None:
    vps.write(MAIN, RAISED)
    vps.write("run/vps-reverse-proxy/nginx")

    assert vps.ensure() == ""
    assert vps.reloads == 1


def test_an_nginx_that_refuses_its_files_is_left_to_the_step_of_its_sites(vps: Vps) -> None:
    vps.ensure()
    vps.write("run/vps-reverse-proxy/nginx")
    vps.program("nginx", "exit 1")
    vps.called()

    vps.ensure()

    assert vps.reloads == 0
    assert (vps.folder / "run/vps-reverse-proxy/nginx").exists()


def test_an_nginx_that_was_there_before_keeps_its_limits(vps: Vps) -> None:
    vps.write("var/lib/vps-reverse-proxy/nginx.packages", "")

    assert vps.ensure() == ""
    assert vps.read(MAIN) == DEBIAN


def test_where_other_sites_stay_the_limits_are_as_they_were(vps: Vps) -> None:
    vps.ensure()

    done = vps.run("nginx-packages.sh", "lower_limits", values={"upgrade": "no", "port": "80"})

    assert done.returncode == 0, done.stderr
    assert vps.read(MAIN) == DEBIAN
