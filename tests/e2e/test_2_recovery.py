"""What breaks comes back by itself."""

import pytest

from tests.e2e.harness import Lab
from tests.e2e.waiting import until


@pytest.mark.parametrize("which", ["vps", "wsl"])
def test_a_reboot_comes_back_by_itself(deployed: Lab, which: str) -> None:
    host = deployed.vps() if which == "vps" else "wsl"
    before = deployed.sh(host, "stat -c %Y /proc/1").text
    deployed.on(host, "systemctl", "reboot", check=False)

    def rebooted() -> bool:
        seen = deployed.sh(host, "stat -c %Y /proc/1", check=False)
        return seen.code == 0 and seen.text != before

    until(rebooted, seconds=60, what=f"{host} is back")
    deployed.wait_serving(90)

    assert deployed.speak().code == 0


def test_a_killed_client_is_replaced(deployed: Lab) -> None:
    deployed.sh("wsl", "kill -9 $(pgrep -u vps-tunnel -x ssh)")

    until(
        lambda: (
            not deployed.get("https://asr.gonova.one/health").text.endswith("200")
            or deployed.sh("wsl", "pgrep -u vps-tunnel -x ssh", check=False).code == 0
        ),
        seconds=30,
        what="a new client runs",
    )
    deployed.wait_serving(60)


def test_a_key_with_open_permissions_is_closed_when_the_tunnel_starts(deployed: Lab) -> None:
    deployed.sh("wsl", "chmod 644 /var/lib/vps-tunnel/id_ed25519 && systemctl restart vps-tunnel")

    deployed.wait_serving()

    mode = deployed.sh("wsl", "stat -c %a /var/lib/vps-tunnel/id_ed25519").text.strip()
    assert mode == "600"
