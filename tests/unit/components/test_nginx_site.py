"""The sites of one stack: what is told to nginx while a service comes or goes."""

import fcntl
from pathlib import Path

import pytest

from tests.unit.components.sandbox import Sandbox

SITE = "etc/nginx/conf.d/vps-reverse-proxy-dev-tls.conf"


@pytest.mark.parametrize("service", ["asr", "my-svc", "my-svc-2"])
def test_a_service_that_leaves_keeps_a_name_until_port_443_forgets_it(
    tmp_path: Path, service: str
) -> None:
    vps = Sandbox(tmp_path)
    vps.write(SITE, f"  proxy_pass http://way_dev_{service};\n  proxy_pass http://way_dev_tts;\n")

    done = vps.run(
        "nginx-site.sh",
        'put_ways; cat "$stage_dir/left.conf"; echo "${put_files[@]}"',
        files={"services.conf": "upstream way_dev_tts {\n}\n"},
    )

    assert (done.returncode, done.stderr) == (0, "")
    server = f"    server unix:{tmp_path}/run/vps-reverse-proxy-left;"
    assert done.stdout.startswith(f"upstream way_dev_{service} {{\n{server}\n}}\n")
    assert done.stdout.count("upstream") == 1
    assert "dev-left.conf" in done.stdout


@pytest.fixture
def removed(tmp_path: Path) -> Sandbox:
    """A machine from which a site is taken away while nginx runs."""
    vps = Sandbox(tmp_path)
    vps.write("etc/nginx/conf.d/vps-reverse-proxy-dev.conf")
    return vps


def test_a_site_that_is_removed_is_forgotten_by_nginx(removed: Sandbox) -> None:
    removed.program("nginx")

    done = removed.run("nginx-site.sh", "absent")

    assert done.returncode == 0, done.stderr
    assert removed.called()[-1] == "systemctl reload nginx"


def test_a_site_on_port_443_that_the_engine_never_knew_of_goes_with_the_stacks(
    removed: Sandbox,
) -> None:
    """It names the services, and nginx would refuse all of its configuration without these."""
    left = [
        removed.write(SITE, "  proxy_pass http://way_dev_asr;\n"),
        removed.write("etc/nginx/conf.d/vps-reverse-proxy-unknown-host-tls.conf"),
        removed.write("etc/nginx/vps-reverse-proxy/dev/names.map"),
        removed.write("etc/nginx/vps-reverse-proxy/dev/443.keys"),
        removed.write("var/lib/vps-reverse-proxy/tls-dev/tls.pem"),
    ]
    removed.program("nginx", f"! grep -qs way_dev_ {left[0]}")

    done = removed.run("nginx-site.sh", "absent")

    assert done.returncode == 0, done.stderr
    assert [path for path in left if path.exists()] == []
    assert removed.called()[-1] == "systemctl reload nginx"
    assert not (removed.folder / "run/vps-reverse-proxy").exists()


def test_a_site_on_port_443_of_another_stack_stays_with_its_catch_all(removed: Sandbox) -> None:
    stays = [
        removed.write("etc/nginx/conf.d/vps-reverse-proxy-other-tls.conf"),
        removed.write("etc/nginx/conf.d/vps-reverse-proxy-unknown-host-tls.conf"),
    ]
    removed.program("nginx")

    assert removed.run("nginx-site.sh", "absent").returncode == 0
    assert all(path.exists() for path in stays)


def test_a_site_that_nginx_cannot_forget_is_said_and_forgotten_by_the_next_run(
    removed: Sandbox,
) -> None:
    removed.program("nginx", "echo nginx: broken.conf:1 >&2; exit 1")

    first = removed.run("nginx-site.sh", "absent")

    assert first.returncode == 1
    assert "broken.conf:1" in first.stderr
    assert "error: nginx on the VPS still serves the sites that were removed" in first.stderr
    removed.program("nginx")
    removed.called()
    assert removed.run("nginx-site.sh", "absent").returncode == 0
    assert "systemctl reload nginx" in removed.called()


def test_nginx_that_does_not_run_is_left_alone(removed: Sandbox) -> None:
    removed.program("systemctl", "exit 3")
    removed.program("nginx", "exit 1")

    assert removed.run("nginx-site.sh", "absent").returncode == 0
    assert removed.called() == ["systemctl is-active --quiet nginx"]


def test_a_removed_certificate_asks_for_no_further_reload(removed: Sandbox) -> None:
    removed.write(SITE)
    removed.write("var/lib/vps-reverse-proxy/tls-dev/tls.pem")
    removed.program("nginx")

    done = removed.run("nginx-tls.sh", "remove_tls_site")

    assert done.returncode == 0, done.stderr
    assert not (removed.folder / "run/vps-reverse-proxy").exists()
    assert not (removed.folder / "var/lib/vps-reverse-proxy/tls-dev").exists()


PACKAGES = "lock_packages() { :; }; remove_packages() { :; }"


@pytest.mark.parametrize(("kind", "stays"), [("", False), ("self-signed", False), ("acme", True)])
def test_a_key_goes_also_where_its_step_had_not_said_what_it_is_from(
    removed: Sandbox, kind: str, *, stays: bool
) -> None:
    key = removed.write("var/lib/vps-reverse-proxy/tls-dev/tls.pem")
    if kind:
        removed.write("var/lib/vps-reverse-proxy/tls-dev/kind", f"{kind}\n")
    removed.program("nginx")

    done = removed.run("nginx-tls.sh", "absent", values={"kind": "self-signed"}, fakes=PACKAGES)

    assert done.returncode == 0, done.stderr
    assert key.exists() == stays


@pytest.mark.parametrize("script", ["nginx-site.sh", "nginx-tls.sh", "watcher.sh"])
def test_nothing_is_removed_while_another_step_changes_nginx(removed: Sandbox, script: str) -> None:
    mine = [
        removed.write(f"etc/nginx/conf.d/vps-reverse-proxy-dev{name}.conf")
        for name in ("", "-tls", "-watch")
    ]
    removed.write("var/lib/vps-reverse-proxy/tls-dev/kind", "self-signed\n")
    with (removed.folder / "run/lock/vps-reverse-proxy-nginx").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = removed.run(
            script,
            "absent",
            values={"kind": "self-signed", "modules": ""},
            fakes="flock() { command flock --nonblock 6; }",
        )

    assert done.returncode == 1
    assert "another run of pulumi is changing nginx on the VPS" in done.stderr
    assert all(path.exists() for path in mine)
