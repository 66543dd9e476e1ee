"""A port that somebody else has is told before anything of nginx's is changed."""

from pathlib import Path

import pytest

from tests.unit.components.sandbox import Sandbox

SITE = "server {\n    listen 80;\n    listen [::]:80;\n}\n"
SERVICES = "server {\n    listen 127.0.0.1:8080;\n}\nserver {\n    listen 127.0.0.1:8081;\n}\n"
OUTSIDE = "server {\n    listen 8081 ssl;\n    listen [::]:8081 ssl;\n}\n"
VALUES = {
    "listeners": "80 8080 8081",
    "own_ports": "8080=services[0].port 8081=services[1].port",
}


@pytest.fixture
def vps(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


def refusal(
    vps: Sandbox,
    at: str,
    program: str = "apache2",
    *,
    services: str = SERVICES,
    command: str = "refuse_held_ports",
) -> str:
    """What is said where a program listens on an address; empty where it goes on."""
    port = at.rpartition(":")[2]
    line = f'LISTEN 0 511 {at} 0.0.0.0:* users:(("{program}",pid=7,fd=6))'
    vps.program("ss", f"[[ $* != *:{port} ]] || cat <<'END'\n{line}\nEND")
    done = vps.run(
        "nginx-site.sh",
        command,
        values=VALUES,
        files={"site.conf": SITE, "services.conf": services},
    )
    assert done.returncode == bool(done.stderr), done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "at", ["127.0.0.1:8081", "0.0.0.0:8081", "*:8081", "127.0.0.1%lo:8081", "127.0.0.2:8081"]
)
def test_a_services_port_that_another_program_has_is_told_with_its_setting(
    vps: Sandbox, at: str
) -> None:
    assert refusal(vps, at) == (
        "error: p:services[1].port: port 8081 of the VPS is taken by apache2 (pid 7); stop and"
        " disable it there, or give this stack another: pulumi config set --path"
        " 'p:services[1].port' PORT\n"
    )


@pytest.mark.parametrize("at", ["192.168.1.5:8081", "[2001:db8::5]:8081", "[::1]:8081"])
def test_on_the_machines_own_address_ours_stands_beside_a_program_on_another(
    vps: Sandbox, at: str
) -> None:
    assert refusal(vps, at) == ""
    assert "of the VPS is taken by apache2" in refusal(vps, at, services=OUTSIDE)


@pytest.mark.parametrize("at", ["0.0.0.0:80", "192.168.1.5:80", "[::]:80"])
def test_the_port_of_all_sites_has_no_setting(vps: Sandbox, at: str) -> None:
    assert refusal(vps, at) == (
        "error: port 80 of the VPS is taken by apache2 (pid 7); stop and disable it there, then"
        " run pulumi up again\n"
    )


@pytest.mark.parametrize("at", ["0.0.0.0:80", "127.0.0.1:8080"])
def test_nginx_keeps_the_ports_it_has(vps: Sandbox, at: str) -> None:
    assert refusal(vps, at, "nginx") == ""


def test_a_change_that_cannot_be_taken_up_leaves_every_file_as_it_was(vps: Sandbox) -> None:
    theirs = vps.write("etc/nginx/conf.d/blog.conf", "theirs")
    vps.write("etc/nginx/nginx.conf")
    folder = theirs.parent
    change = f"put_config site.conf {folder}/ours.conf; drop_config {theirs}; apply_config"

    assert "taken by apache2" in refusal(vps, "127.0.0.1:8080", command=change)

    assert list(folder.iterdir()) == [theirs]
    assert not [call for call in vps.called() if call.startswith("systemctl")]


@pytest.mark.parametrize("state", ["inactive", "activating"])
def test_an_nginx_that_is_just_coming_back_is_nobody_elses(vps: Sandbox, state: str) -> None:
    """After a crash systemd starts it again, and it has its ports before systemd says so."""
    vps.program("systemctl", f"[ $1 != is-active ] || {{ echo {state}; exit 3; }}")

    said = refusal(vps, "0.0.0.0:80", "nginx", command="start_nginx")

    assert ("is taken by nginx" in said) == (state == "inactive")
    begun = ["systemctl start nginx", "systemctl reload nginx"]
    assert [call for call in vps.called() if call in begun] == (begun if said == "" else [])


@pytest.mark.parametrize("part", ["conf.d", "vps-reverse-proxy", "conf.d/ours.conf"])
def test_a_configuration_is_tested_in_a_copy_whose_links_do_not_lead_back(
    vps: Sandbox, part: str
) -> None:
    """What is refused must never have been in force, nor wait for the next restart."""
    live = vps.write("srv/ours.conf", "in force")
    link = vps.folder / "etc/nginx" / part
    link.parent.mkdir(parents=True)
    link.symlink_to(live if link.suffix else live.parent)
    target = link if link.suffix else link / live.name
    vps.program("unshare", "echo refused; exit 1")
    change = f"put_config site.conf {target}; test_config"

    done = vps.run("nginx-site.sh", change, values=VALUES, files={"site.conf": SITE})

    assert done.returncode == 1
    assert "refuses the new configuration" in done.stderr
    assert live.read_text() == "in force"


def test_what_a_linked_folder_holds_is_in_the_copy_and_can_be_left_out_of_it(
    vps: Sandbox,
) -> None:
    live = vps.write("srv/default", "theirs")
    (vps.folder / "etc/nginx").mkdir(parents=True)
    (vps.folder / "etc/nginx/sites-enabled").symlink_to(live.parent)
    vps.write("srv/blog", "blog")
    vps.program("unshare", "ls $6/sites-enabled/; echo refused; exit 1")

    done = vps.run(
        "nginx-site.sh",
        "drop_config $PWD/etc/nginx/sites-enabled/default; test_config",
        values=VALUES,
    )

    assert done.stderr.startswith("blog\nrefused\n")
    assert live.read_text() == "theirs"


def test_a_port_of_the_watchers_page_is_told_before_its_program_is_in_place(vps: Sandbox) -> None:
    line = 'LISTEN 0 511 127.0.0.1:9080 0.0.0.0:* users:(("grafana",pid=7,fd=6))'
    vps.program("ss", f"[[ $* != *:9080 ]] || cat <<'END'\n{line}\nEND")
    done = vps.run(
        "watcher.sh",
        "ensure",
        values={"listeners": "9080", "own_ports": "9080=watch.metrics_port", "modules": ""},
        files={"watch.conf": "server {\n    listen 127.0.0.1:9080;\n}\n"},
        fakes="install_program() { echo installed; }\nneed_python() { echo installed; }\n",
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert "p:watch.metrics_port: port 9080 of the VPS is taken by grafana (pid 7)" in done.stderr
