"""What keeps a closed VPS well by itself."""

from components.rendering import render, script
from components.upkeep import upkeep_files
from tests.unit.components.samples import EXISTING, STACK
from tests.unit.components.test_program import Up
from tests.unit.components.test_program import cloudflare as cloudflare  # noqa: PLC0414 - a fixture
from tests.unit.components.test_program import up as up  # noqa: PLC0414 - a fixture, used by name
from tests.unit.components.test_templates import EDGE, expected
from tests.unit.settings_support import HCLOUD


def files(reboot_window: str = "04:00") -> dict[str, str]:
    """What upkeep.sh is given."""
    return upkeep_files(stack=STACK, reboot_window=reboot_window, ssh_port=22, edge_ranges=EDGE)


def test_the_files_of_the_upkeep() -> None:
    found = files()

    assert found.pop("holds-tunnel") == script("holds-tunnel.sh")
    assert found == {name: expected(name) for name in found}


def test_a_vps_that_must_never_reboot_by_itself_does_not() -> None:
    text = files("never")["apt-upgrades.conf"]

    assert 'Automatic-Reboot "false";' in text
    assert "Automatic-Reboot-Time" not in text


def test_no_jail_shuts_out_the_edge_or_who_holds_a_tunnel() -> None:
    text = files()["fail2ban.conf"]
    jails = text.split("\n[")[1:]

    assert len(jails) == 2
    for jail in jails:
        assert "ignoreip = 127.0.0.0/8 ::1 198.51.100.0/24 2001:db8:ed6e::/48\n" in jail
        assert "\nignorecommand = /usr/local/lib/vps-reverse-proxy/holds-tunnel-dev <ip>" in jail


def test_the_sandbox_of_nginx() -> None:
    text = render("nginx-sandbox.conf.j2", owner=STACK.owner)

    assert text == expected("nginx-sandbox.conf")


def test_a_rented_vps_is_kept_well_and_its_nginx_is_confined_before_it_starts(up: Up) -> None:
    recorder = up(server={**HCLOUD, "reboot_window": "03:15"})

    assert "03:15" in recorder["upkeep-packages"].text("stdin")
    assert "ProtectSystem=strict" in recorder["proxy-packages"].text("stdin")


def test_a_machine_of_the_users_is_left_to_its_user(up: Up) -> None:
    recorder = up(server=EXISTING)

    assert not recorder.named("Upkeep")
    assert "ProtectSystem" not in recorder["proxy-packages"].text("stdin")
