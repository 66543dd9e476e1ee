"""A rented VPS that lets this network in no more, as after the WSL host got another address.

Its provider's firewall is opened by the provider's API, but its own by ssh alone: no step gets
there, and the tunnel is down, too. So the way back is said before a step fails (ADR 0018).
"""

from collections.abc import Sequence

from components.drift.look import HostLook
from settings import ExistingServer, ServerSettings


def lockout_warning(
    server: ServerSettings, looks: Sequence[HostLook], *, here: bool, stays: bool
) -> str:
    """What to do where the VPS does not answer and may not; "" for nothing.

    Args:
        server: Its settings.
        looks: What was found on the hosts.
        here: Whether this machine is the WSL host: others need not be let in.
        stays: Whether that VPS is the one of this run: a new one is born with the list.
    """
    if isinstance(server, ExistingServer) or not server.ssh_allow or not here or not stays:
        return ""
    if not any(look.host == "vps" and look.unreachable for look in looks):
        return ""
    return (
        "the VPS takes no ssh connection from here, and lets in server.ssh_allow alone. Has this "
        "network another public address now? Then pulumi up cannot open the VPS's own firewall: "
        "put the new address into server.ssh_allow and have another VPS built in its place, "
        "pulumi up --replace \"$(pulumi stack --show-urns | grep -o 'urn:.*vps-server.*')\""
    )
