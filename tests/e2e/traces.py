"""What a stack could leave on a host."""

import re

from tests.e2e.harness import Lab, checkout_file

_SETTINGS = re.findall(
    r"^(net\.\S+) = ", checkout_file("components/templates/kernel.conf.j2"), re.MULTILINE
)


def kernel(lab: Lab, host: str) -> str:
    """The settings that the tunnel changes, as they are; of those that this kernel has."""
    names = " ".join(name.replace(".", "/") for name in _SETTINGS)
    return lab.sh(host, f"cd /proc/sys && grep -s . {names} || true").text


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
