"""A machine whose nginx is somebody else's: what it would do to our sites without a word."""

import hashlib
import re
from pathlib import Path

import pytest

from tests.unit.components.conftest import Up
from tests.unit.components.sandbox import Sandbox

ADDRESSES = {"address": "203.0.113.5", "address6": "2001:db8::5"}
DEBIAN = "user www-data;\nworker_processes auto;\n"
BLOG = "/etc/nginx/sites-enabled/blog"
SITE = "server {\n    listen 80;\n    listen [::]:80;\n}\n"


class Vps(Sandbox):
    """A machine with an nginx and two addresses of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.reads({})
        self.belongs("www-data", "www-data")
        self.program("hostname", "echo '203.0.113.5 172.17.0.1 2001:db8::5 '")

    def reads(self, files: dict[str, str], main: str = DEBIAN, *, built: str = "") -> None:
        """What `nginx -T` shows: the main file, then others; and how it was built."""
        parts = {"/etc/nginx/nginx.conf": main, **files}
        text = "".join(f"# configuration file {name}:\n{text}\n" for name, text in parts.items())
        dump = self.write("dump", text)
        body = f"if [ $1 = -T ]; then cat {dump}; else echo 'arguments: {built} --x' >&2; fi"
        self.program("nginx", body)

    def belongs(self, account: str, groups: str) -> None:
        """In which groups an account is."""
        self.program("id", f'[ "$2" = {account} ] && echo {groups}')

    def check(self, command: str, **values: str) -> str:
        """What a check refuses; empty where it goes on."""
        done = self.run("nginx-site.sh", command, values=ADDRESSES | values)
        assert done.returncode == bool(done.stderr), done.stderr
        assert done.stdout == ""
        return done.stderr


@pytest.fixture
def vps(tmp_path: Path) -> Vps:
    return Vps(tmp_path)


@pytest.mark.parametrize("main", [DEBIAN, "", "user root;\n", "user  web  www-data;\n"])
def test_workers_that_reach_the_sockets_are_taken(vps: Vps, main: str) -> None:
    vps.reads({}, main)

    assert vps.check("check_workers") == ""


def test_an_account_in_the_group_is_taken_whatever_it_is_called(vps: Vps) -> None:
    vps.reads({}, "\n#user nobody;\nuser  nginx;\n")
    vps.belongs("nginx", "nginx www-data")

    assert vps.check("check_workers") == ""


@pytest.mark.parametrize(("main", "built"), [("user  nginx;\n", ""), ("", "--user=nginx")])
def test_workers_that_do_not_reach_the_sockets_are_refused_with_the_remedy(
    vps: Vps, main: str, built: str
) -> None:
    vps.reads({}, main, built=built)
    vps.belongs("nginx", "nginx")

    assert vps.check("check_workers") == (
        "error: nginx on the VPS runs as nginx, who may not reach the tunnel's sockets; there: sudo"
        " usermod -aG www-data nginx && sudo systemctl restart nginx, then run pulumi up again\n"
    )


@pytest.mark.parametrize(
    ("listen", "port", "at", "instead"),
    [
        ("203.0.113.5:80", 80, "203.0.113.5:80", "80"),
        ("203.0.113.5", 80, "203.0.113.5:80", "80"),
        ("[2001:DB8::5]:80", 80, "[2001:db8::5]:80", "[::]:80"),
        ("[2001:db8::5]", 80, "[2001:db8::5]:80", "[::]:80"),
        ("203.0.113.5:443", 443, "203.0.113.5:443", "443"),
    ],
)
def test_a_site_that_hides_ours_is_refused_with_its_file(
    vps: Vps, listen: str, port: int, at: str, instead: str
) -> None:
    vps.reads({BLOG: f"server {{ server_name b.example; listen {listen} ssl; }}"})

    assert vps.check(f"refuse_hidden {port}") == (
        f"error: nginx on the VPS sends all visitors of {at} to the sites that listen on exactly"
        f" this address ({BLOG}), so ours would never be reached; in that listen line, write"
        f" {instead} in place of address and port and keep the rest, then run pulumi up"
        " again\n"
    )


@pytest.mark.parametrize(
    "listen",
    ["80", "*:80", "[::]:80", "0.0.0.0:80", "203.0.113.5:8080", "203.0.113.5:443", "172.17.0.1:80"],
)
def test_sites_that_hide_nothing_of_ours_are_taken(vps: Vps, listen: str) -> None:
    vps.reads({BLOG: f"server {{\n  listen {listen};\n  # listen 203.0.113.5:80;\n}}"})

    assert vps.check("refuse_hidden 80") == ""


def test_our_own_files_are_not_those_of_others(vps: Vps) -> None:
    vps.reads({"/etc/nginx/conf.d/vps-reverse-proxy-other.conf": "listen 203.0.113.5:80;"})

    assert vps.check("refuse_hidden 80") == ""


def test_behind_nat_the_address_visitors_come_to_is_the_machines_own(vps: Vps) -> None:
    vps.reads({BLOG: "listen 10.0.0.7:80;"})
    vps.program("hostname", "echo '10.0.0.7 172.17.0.1 '")
    vps.program("ip", "echo '1.1.1.1 via 10.0.0.1 dev eth0 src 10.0.0.7 uid 0'")

    assert f"({BLOG})" in vps.check("refuse_hidden 80")


def test_a_machine_that_does_not_know_its_addresses_is_taken(vps: Vps) -> None:
    vps.reads({BLOG: "listen 10.0.0.7:80;"})
    vps.program("hostname", "exit 1")
    vps.program("ip", "exit 2")

    assert vps.check("refuse_hidden 80") == ""


def test_a_configuration_that_nginx_refuses_is_told_when_ours_is_tested(vps: Vps) -> None:
    vps.program("nginx", "echo emerg >&2; exit 1")

    assert vps.check("check_workers; refuse_hidden 80") == ""


def test_the_sites_of_a_wsl_host_end_no_tunnel_and_ask_for_no_such_thing(vps: Vps) -> None:
    fakes = "put_config() { exit 0; }; refuse_others_ports() { :; }; refuse_to_be_first() { :; }"
    done = vps.run("nginx-site.sh", "ensure", fakes=fakes)

    assert (done.returncode, vps.called()) == (0, [])
    done = vps.run("nginx-site.sh", "ensure", fakes=fakes, files={"services.conf": "\n"})
    assert done.returncode == 0
    assert "nginx -T" in vps.called()


def first_of(vps: Vps, files: dict[str, str], *, ours: str = SITE) -> str:
    """What is said where these files are those of other sites."""
    vps.reads(files)
    for name in files:
        vps.write(name.removeprefix("/"))
    done = vps.run("nginx-site.sh", "refuse_to_be_first", files={"site.conf": ours})
    assert done.returncode == bool(done.stderr), done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("listen", "port"),
    [
        ("listen 80;", 80),
        ("listen *:80;", 80),
        ("listen 0.0.0.0:80;", 80),
        ("listen [::]:80;", 80),
        ("listen 80 default_server; listen [::]:80;", 80),
        ("listen 443 ssl http2;", 443),
    ],
)
@pytest.mark.parametrize("file", [BLOG, "/etc/nginx/conf.d/wordpress.conf"])
def test_a_site_that_would_not_be_the_first_any_more_is_refused_with_what_keeps_it(
    vps: Vps, listen: str, port: int, file: str
) -> None:
    text = f"server {{ {listen} }}"
    files = {file: text, "/etc/nginx/sites-enabled/c": text}

    assert first_of(vps, files, ours=SITE.replace("80", str(port))) == (
        "error: nginx on the VPS answers names that no site has with the first site that it reads,"
        f" which is {file} now and would be ours; write default_server behind the port in its"
        f" listen lines for port {port} there (listen {port} default_server;), then run pulumi up"
        " again\n"
    )


@pytest.mark.parametrize(
    "files",
    [
        {BLOG: "listen 80 default_server;"},
        {BLOG: "listen 80; listen [::]:80 default ipv6only=on;\nlisten 80 default_server;"},
        {"/etc/nginx/conf.d/blog.conf": "listen 80;", BLOG: "listen 80;"},
        {BLOG: "listen 80;", "/etc/nginx/sites-enabled/c": "listen 80 default_server;"},
        {BLOG: "listen 8080; # listen 80;"},
        {BLOG: "listen 172.17.0.1:80;"},
        {},
    ],
)
def test_a_site_that_stays_the_first_is_taken(vps: Vps, files: dict[str, str]) -> None:
    assert first_of(vps, files) == ""


def test_beside_no_other_site_ours_may_be_the_first(vps: Vps) -> None:
    vps.reads({"/etc/nginx/sites-enabled/default": "listen 80;"})
    vps.write("var/lib/vps-reverse-proxy/nginx.packages", "nginx\n")

    done = vps.run("nginx-site.sh", "refuse_to_be_first", files={"site.conf": SITE})

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("stack", ["dev", "other"])
def test_a_site_that_came_after_ours_was_never_the_first(vps: Vps, stack: str) -> None:
    vps.write(f"etc/nginx/conf.d/vps-reverse-proxy-{stack}.conf", SITE)

    assert first_of(vps, {BLOG: "listen 80;"}) == ""
    assert f"which is {BLOG} now" in first_of(
        vps, {BLOG: "listen 443 ssl;"}, ours=SITE.replace("80", "443 ssl")
    )


PORTS = {"own_ports": "8080=services[0].port 8081=services[1].port"}


@pytest.mark.parametrize("listen", ["8081", "127.0.0.1:8081", "*:8081 ssl", "localhost:8081"])
def test_a_port_of_a_site_of_the_machines_own_is_refused_with_its_setting(
    vps: Vps, listen: str
) -> None:
    vps.reads({BLOG: f"server {{ listen {listen}; }}"})

    assert vps.check("refuse_others_ports", **PORTS) == (
        "error: p:services[1].port: nginx on the VPS listens on port 8081 for another site already"
        f" ({BLOG}); give this stack another: pulumi config set --path 'p:services[1].port' PORT\n"
    )


def test_a_port_that_another_site_has_taken_beside_ours_is_left_to_both(vps: Vps) -> None:
    vps.reads({BLOG: "server { listen 8081; }"})
    vps.write("etc/nginx/conf.d/vps-reverse-proxy-dev.conf", "listen 127.0.0.1:8081;\n")

    assert vps.check("refuse_others_ports", **PORTS) == ""


@pytest.mark.parametrize("listen", ["80", "203.0.113.5:8081", "[::]:8081", "18081", "unix:/x:8081"])
def test_other_addresses_of_sites_of_the_machines_own_are_left_to_them(
    vps: Vps, listen: str
) -> None:
    vps.reads({BLOG: f"server {{ listen {listen}; }}"})

    assert vps.check("refuse_others_ports", **PORTS) == ""


STOCK = "server {\n    listen 80 default_server;\n    # listen 443 ssl default_server;\n}\n"
CERTBOT = STOCK + "server {\n    server_name b.example;\n    listen 443 ssl; # by Certbot\n}\n"


@pytest.mark.parametrize(
    ("text", "ours", "theirs"),
    [(STOCK, False, False), (CERTBOT, False, True), (CERTBOT, True, False)],
)
def test_debians_own_site_is_somebodys_once_it_was_changed_before_we_came(
    vps: Vps, text: str, *, ours: bool, theirs: bool
) -> None:
    site = vps.write("etc/nginx/sites-available/default", text)
    link = vps.write("etc/nginx/sites-enabled/x").parent / "default"
    link.with_name("x").unlink()
    link.symlink_to(site)
    came = hashlib.md5(STOCK.encode(), usedforsecurity=False).hexdigest()
    other = "/etc/default/nginx 0c3f6aee5e3a0f4d3bd0b4d5b2a4d1a7"
    vps.program("dpkg-query", f"printf '\\n {other}\\n {site} {came}\\n'")
    if ours:
        vps.write("var/lib/vps-reverse-proxy/nginx.packages", "nginx\nnginx-common\n")

    done = vps.run("nginx-tls.sh", "other_sites; if others_listen 443; then echo 443; fi")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (f"{link}\n443\n" if theirs else "")


def test_debians_own_site_of_an_nginx_that_is_not_debians_is_somebodys(vps: Vps) -> None:
    link = vps.write("etc/nginx/sites-enabled/default", STOCK)
    vps.program("dpkg-query", "exit 1")

    assert vps.run("nginx-tls.sh", "other_sites").stdout == f"{link}\n"


@pytest.mark.parametrize(
    ("mode", "steps"),
    [
        ("strict", ["proxy-site", "proxy-tls"]),
        ("direct", ["proxy-site", "public-certificate-obtained"]),
    ],
)
def test_the_steps_of_the_vps_are_told_where_the_names_lead(
    up: Up, mode: str, steps: list[str]
) -> None:
    recorder = up(edge={"mode": mode}, load_balancer={"enabled": True})

    for name in [*steps, "balancer-site"]:
        stdin = recorder[name].inputs["stdin"]
        text = stdin if isinstance(stdin, str) else stdin["value"]
        assert bool(re.search(r"^address=[0-9.]+$", text, re.MULTILINE)) == (name in steps)
