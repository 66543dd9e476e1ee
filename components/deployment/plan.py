"""What is asked and decided before anything is created."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from components.drift.lockout import lockout_warning
from components.drift.look import start_drift_look
from components.drift.repairs import plan_repairs
from components.edge import certificate_generation, known_addresses, preflight_edge
from components.modes import MODES, Mode
from components.ports import OpenPort, open_ports
from components.preflight import check_this_machine
from components.recorded import describe_server, read_outputs
from components.server_changes import announce_changes, refuse_left_address6, stays, takes_over
from components.service_changes import announce_opened
from components.sockets import Sockets
from components.vps import preflight_server, warn_of_unseen
from components.watch import metrics_ports

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.drift.repairs import Repairs
    from components.edge import Zone
    from components.naming import StackName
    from components.preflight import Preflight
    from components.vps.offer import Offer
    from settings import Settings


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one run builds, and what it was told by those it asked.

    Attributes:
        here: What was found on this machine, or in a preview elsewhere recorded of the WSL host.
        offer: What is rented; None for a machine the user has.
        server: What identifies the VPS, for the output of that name.
        takes_over: Whether a machine of the user's does from now on what another one did.
        zone: Where the public names live.
        generation: Of the Origin CA certificate: another one asks for a new certificate.
        repairs: What was changed by hand on the hosts and is put back.
    """

    settings: Settings
    stack: StackName
    here: Preflight
    offer: Offer | None
    server: dict[str, str]
    takes_over: bool
    zone: Zone
    generation: int
    repairs: Repairs

    @property
    def mode(self) -> Mode:
        """How the public names are answered."""
        return MODES[self.settings.edge.mode]

    @property
    def open_ports(self) -> tuple[OpenPort, ...]:
        """What both firewalls of the VPS let in."""
        server = self.settings.server
        return (
            *open_ports(
                self.mode,
                self.zone.edge_ranges,
                ssh_allow=server.ssh_allow,
                ssh_port=server.ssh_port,
            ),
            *metrics_ports(self.settings.watch, self.settings.services),
        )

    @property
    def sockets(self) -> Sockets:
        """Where the tunnel ends on the VPS."""
        return Sockets(stack=self.stack, connections=self.settings.tunnel.connections)


def _refuse_renamed(stack: StackName, recorded: Mapping[str, Any]) -> None:
    """Everything of a stack is marked with its name, so under another one it would be nobody's."""
    owner = str((recorded.get("operations") or {}).get("owner") or stack.owner)
    if owner == stack.owner:
        return
    project, _, name = owner.partition("/")
    before = name if project == stack.project else f"{pulumi.get_organization()}/{owner}"
    raise pulumi.RunError(
        f"this stack was deployed as {owner} and is called {stack.owner} now; its account, files, "
        "records and rules carry the old name. Nothing was changed. Rename it back:\n"
        f"  pulumi stack rename {before}\n"
        "or take away what is deployed, which works under either name, and deploy anew:\n"
        "  pulumi destroy\n"
        "  pulumi up"
    )


def make_plan(settings: Settings, stack: StackName) -> Plan:
    """Ask this machine, the provider, Cloudflare and the hosts; what an edit means is told.

    Raises:
        pulumi.RunError: With what cannot work and what to do; nothing was changed.
    """
    recorded = read_outputs(stack)
    _refuse_renamed(stack, recorded)
    refuse_left_address6(settings, recorded)
    here = check_this_machine(
        settings,
        stack.owner,
        recorded.get("wslHost"),
        dry_run=pulumi.runtime.is_dry_run(),
        kept=recorded.get("keepAlive"),
    )
    # The hosts answer while the provider and Cloudflare are asked.
    wait_for_drift = start_drift_look(
        stack,
        recorded,
        machine_id=here.machine_id if here.is_wsl_host else "",
        wanted=settings.drift == "on",
    )
    disk = recorded.get("serverDisk")
    offer = preflight_server(
        settings.server, recorded.get("server"), int(disk) if disk is not None else None
    )
    server = describe_server(settings.server, offer.region if offer else "")
    warn_of_unseen(settings.server, recorded)
    zone = preflight_edge(
        settings.edge,
        settings.services,
        stack,
        known_addresses(settings.server, recorded),
        # Elsewhere it is a preview, and CI has a token for that.
        changes=here.is_wsl_host,
        recorded=recorded.get("operations"),
    )
    replaces = offer is not None and offer.replaces
    announce_changes(
        server,
        recorded.get("server"),
        replaces=replaces,
        by_hand=[service.hostname for service in settings.services]
        if settings.edge.dns == "manual"
        else [],
    )
    announce_opened(settings.services, recorded)
    drift = wait_for_drift()
    same = stays(server, recorded.get("server"), replaces=replaces)
    if lockout := lockout_warning(settings.server, drift, here=here.is_wsl_host, stays=same):
        pulumi.log.warn(lockout)
    return Plan(
        settings=settings,
        stack=stack,
        here=here,
        offer=offer,
        server=server,
        takes_over=takes_over(settings.server, recorded),
        zone=zone,
        generation=certificate_generation(recorded),
        repairs=plan_repairs(drift, recorded),
    )
