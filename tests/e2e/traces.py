"""What a stack could leave on a host: by its name, and by all that is otherwise than before."""

import re

from tests.e2e import windows
from tests.e2e.harness import Lab, checkout_file

_SETTINGS = re.findall(
    r"^(net\.\S+) = ", checkout_file("components/templates/kernel.conf.j2"), re.MULTILINE
)
# Accounts, packages, units and files; those left out change by themselves.
_EVERYTHING = """
getent passwd; getent group
dpkg-query -W -f '${Package} ${db:Status-Status}\\n'
systemctl list-unit-files --no-legend
find /etc -type l -printf '%p -> %l\\n'
find /etc /usr/local -type f ! -path '/etc/.pwd.lock' ! -path '/etc/ld.so.cache' ! -name '*-' \
  -print0 | xargs -0 sha256sum
find /etc /usr/local /var/lib -maxdepth 1 -printf '%M %u %p\\n'
"""


def kernel(lab: Lab, host: str) -> str:
    """The settings that the tunnel changes, as they are; of those that this kernel has."""
    names = " ".join(name.replace(".", "/") for name in _SETTINGS)
    settings = lab.sh(host, f"cd /proc/sys && grep -s . {names} || true").text
    # Two hosts that tell nothing would be alike.
    assert settings, f"{host} tells none of {names}"
    return settings


def marked(lab: Lab, host: str) -> list[str]:
    """Whatever is named after the program or the tunnel, or says that the program wrote it."""
    return lab.sh(
        host,
        "find /etc /usr/local /usr/lib/systemd /var/lib /var/log -xdev"
        r" \( -name '*vps-reverse-proxy*' -o -name '*vps-tunnel*' \);"
        " grep -rlsI --exclude='*-' vps-reverse-proxy /etc /usr/local; getent passwd vps-tunnel;"
        " systemctl list-units --all --plain --no-legend 'vps-*'",
        check=False,
    ).text.splitlines()


def of_wsl(lab: Lab) -> set[str]:
    """All that the WSL host and its Windows hold, a line each."""
    lines = everything(lab, "wsl") | {*windows.config(lab).splitlines()}
    return lines | {*windows.left(lab)}


def everything(lab: Lab, host: str) -> set[str]:
    """All that a host holds, a line each."""
    return {*(lab.sh(host, _EVERYTHING).text + kernel(lab, host)).splitlines()}
