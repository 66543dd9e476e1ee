"""The Debian images the lab has, and what is in them. Data only."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Image:
    """A Debian release as the lab boots it."""

    name: str
    """As a cloud's API calls it, for example `debian-12`."""
    codename: str
    python: str
    """Its `python3`, as `MAJOR.MINOR`."""


IMAGES = {
    image.name: image
    for image in (
        Image(name="debian-12", codename="bookworm", python="3.11"),
        Image(name="debian-13", codename="trixie", python="3.13"),
    )
}

MIRROR = "http://deb.debian.org/debian"
SECURITY_MIRROR = "http://security.debian.org/debian-security"

IN_ROOT = (
    "adduser",
    "apt-utils",
    "ca-certificates",
    "cloud-init",
    "cron",
    "curl",
    "dbus",
    "debian-archive-keyring",
    "gpgv",
    "iproute2",
    "iputils-ping",
    "less",
    "libpam-systemd",
    "logrotate",
    "net-tools",
    "netcat-openbsd",
    "nftables",
    "openssh-server",
    "procps",
    "python3",
    "sudo",
    "systemd",
    "systemd-sysv",
    "tzdata",
)
"""What a cloud's Debian image carries that the program, the user's guide or the lab counts on."""

IN_ARCHIVE = (
    "acl",
    "apt-listchanges",
    "autossh",
    "certbot",
    "debsums",
    "fail2ban",
    "flite",
    "libpam-passwdqc",
    "lynis",
    "nginx",
    "nmap",
    "python3-certbot-nginx",
    "unattended-upgrades",
)
"""What is installed on running hosts: the lab's archive has these and all they need."""

CANARY = "vps-lab-canary"
"""A package of the lab's own: 1.0 in the roots, 1.1 in the security suite of the archive.

Only a host that applied its security updates has 1.1.
"""


def sources_list(codename: str) -> str:
    """A stock `/etc/apt/sources.list`."""
    return (
        f"deb {MIRROR} {codename} main\n"
        f"deb {MIRROR} {codename}-updates main\n"
        f"deb {SECURITY_MIRROR} {codename}-security main\n"
    )
