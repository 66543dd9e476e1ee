"""The releases the lab's hosts run, and what is in them. Data only."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Where the packages of a distribution come from."""

    name: str
    """As its archive calls itself, for example `Debian`."""
    mirror: str
    """Host name and folder, for example `deb.debian.org/debian`."""
    security: str
    """The same, of the security updates."""
    components: str
    keyring: str
    """The file in `/usr/share/keyrings` that its archive is signed with, and its package."""
    carries: tuple[str, ...]
    """What its images have beside `IN_ROOT`."""

    @property
    def security_mirror(self) -> str:
        """The security updates once more, at a name that every mirror shares."""
        return f"{self.hosts[0]}/{self.folders[1]}"

    @property
    def folders(self) -> tuple[str, str]:
        """Where packages and security updates are below these names."""
        return self.mirror.partition("/")[2], self.security.partition("/")[2]

    @property
    def hosts(self) -> tuple[str, str]:
        """The names that packages and security updates are asked for under."""
        return self.mirror.partition("/")[0], self.security.partition("/")[0]


DEBIAN = Distribution(
    name="Debian",
    mirror="deb.debian.org/debian",
    security="security.debian.org/debian-security",
    components="main",
    keyring="debian-archive-keyring",
    carries=("debian-archive-keyring",),
)

UBUNTU = Distribution(
    name="Ubuntu",
    mirror="archive.ubuntu.com/ubuntu",
    security="security.ubuntu.com/ubuntu",
    components="main universe",
    keyring="ubuntu-archive-keyring",
    # The last four are on a server from the start, where Debian has none of them.
    carries=("ubuntu-keyring", "needrestart", "rsyslog", "ufw", "unattended-upgrades"),
)


@dataclass(frozen=True, kw_only=True)
class Image:
    """A release as the lab boots it."""

    name: str
    """As a cloud's API calls it, for example `debian-12`."""
    distribution: Distribution
    codename: str
    python: str
    """Its `python3`, as `MAJOR.MINOR`."""
    carries: tuple[str, ...] = ()
    """What this release has beside those before it."""

    @property
    def in_root(self) -> tuple[str, ...]:
        """Every package that is asked for."""
        return tuple(sorted({*IN_ROOT, *self.distribution.carries, *self.carries}))


RENTED = {
    image.name: image
    for image in (
        Image(name="debian-12", distribution=DEBIAN, codename="bookworm", python="3.11"),
        Image(name="debian-13", distribution=DEBIAN, codename="trixie", python="3.13"),
    )
}
"""What the clouds boot; every lab has these."""

OWN = {
    image.name: image
    for image in (
        Image(name="ubuntu-24.04", distribution=UBUNTU, codename="noble", python="3.12"),
        # Its coreutils and its sudo are written anew, in Rust.
        Image(
            name="ubuntu-26.04",
            distribution=UBUNTU,
            codename="resolute",
            python="3.14",
            carries=("sudo-rs",),
        ),
    )
}
"""What the user's own machines may run as well; made when it is asked for."""

IMAGES = {**RENTED, **OWN}

DEFAULT = "debian-12"
"""What the user's own machines run, and the lab's other hosts in any case."""

IN_ROOT = (
    "adduser",
    "apt-utils",
    "ca-certificates",
    "cloud-init",
    "cron",
    "curl",
    "dbus",
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
"""What a cloud's image carries that the program, the user's guide or the lab counts on."""

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


def sources_list(image: Image) -> str:
    """A stock `/etc/apt/sources.list`."""
    here, codename = image.distribution, image.codename
    return (
        f"deb http://{here.mirror} {codename} {here.components}\n"
        f"deb http://{here.mirror} {codename}-updates {here.components}\n"
        f"deb http://{here.security} {codename}-security {here.components}\n"
    )
