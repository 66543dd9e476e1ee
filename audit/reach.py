"""Where the auditors look from: a host of the lab, or only its network."""

from dataclasses import dataclass

from lab.hosts import run_in
from lab.namespaces import enter, namespace

INSTALL = "export DEBIAN_FRONTEND=noninteractive; apt-get -q update && apt-get -q -y install "


@dataclass(frozen=True)
class Deployment:
    """A stack that is up in a lab.

    Attributes:
        lab: The lab's name.
        host: The VPS as a host of the lab, for example "hetzner-1001".
        address: Its IPv4 address.
        address6: Its IPv6 address.
        image: What it booted: "debian-12" or "debian-13".
    """

    lab: str
    host: str
    address: str
    address6: str
    image: str

    def on(self, host: str, script: str, *, check: bool = True) -> str:
        """What a bash script prints, run as root on a host of the lab."""
        done = run_in(self.lab, host, ["bash", "-s"], input=script.encode(), check=check)
        return done.stdout.decode(errors="replace")

    def network_of(self, host: str) -> list[str]:
        """The beginning of a command line that runs here, in the network of a host."""
        return enter(namespace(self.lab, host))
