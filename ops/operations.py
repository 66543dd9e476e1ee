"""What a stack is, as bin/ops needs it to look at it: from its outputs alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic.alias_generators import to_camel

from components.modes import MODES, Mode
from components.naming import Names, StackName
from ops.errors import OpsError
from settings.sections import EdgeMode

MACHINE_ID = Path("/etc/machine-id")


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class CanaryExchange(_Output):
    """What the canary exchanges with a service in the service's own protocol.

    Attributes:
        send: The text message; empty for none.
        expect: What the answer contains.
    """

    send: str = ""
    expect: str = ""


class Published(_Output):
    """One service.

    Attributes:
        port: Where nginx answers for it on the VPS's loopback.
        upstreams: Where it listens, host:port, seen from the WSL host.
        balancer_port: The load balancer's loopback port for it; None without one.
        keyed: Whether its visitors must show a key.
        api_key: The canary's own, which bin/ops shows, too; empty where none is asked for.
        canary: What the canary sends to it, and expects back.
    """

    name: str
    hostname: str
    stream_path: str
    health_path: str
    port: int
    upstreams: tuple[str, ...]
    balancer_port: int | None
    keyed: bool = False
    api_key: SecretStr = SecretStr("")
    canary: CanaryExchange = CanaryExchange()

    @property
    def authorization(self) -> dict[str, str]:
        """The headers that open its stream; they hold a secret."""
        key = self.api_key.get_secret_value()
        return {"Authorization": f"Bearer {key}"} if key else {}


class Operations(_Output):
    """The stack.

    Attributes:
        owner: "project/stack".
        slug: The stack in file names.
        unit: The tunnel's systemd unit on the WSL host, which is its account and folder, too.
        account: The tunnel's account on the VPS.
        balancer_port: Where the load balancer answers by host name; None without one.
        metrics_ports: Where Prometheus finds the watcher's figures on the VPS.
        address: The VPS's IPv4 address.
        ssh_port: Where its sshd listens.
        machine_id: Of the WSL host; empty where the outputs do not tell it.
        hostname: Of the WSL host.
    """

    owner: str
    slug: str
    mode: EdgeMode
    zone: str
    dns: str
    ssl_scope: str
    unit: str
    account: str
    balancer_port: int | None
    metrics_ports: tuple[int, ...] = ()
    services: tuple[Published, ...]
    address: str
    ssh_port: int
    machine_id: str = ""
    hostname: str = ""

    def elsewhere(self) -> str:
        """Where the WSL host is, when it is not this machine; else empty."""
        try:
            here = MACHINE_ID.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return ""
        if not self.machine_id or here == self.machine_id:
            return ""
        return f"the WSL host is {self.hostname} (machine-id {self.machine_id}), not this machine"

    @property
    def stack_name(self) -> StackName:
        """Which stack it is."""
        project, _, stack = self.owner.partition("/")
        return StackName(project=project, stack=stack)

    @property
    def watched(self) -> bool:
        """Whether a watcher on the VPS visits its services."""
        return bool(self.metrics_ports)

    @property
    def names(self) -> Names:
        """What its things are called."""
        return Names(self.slug)

    @property
    def answers(self) -> Mode:
        """What its mode means for DNS, edge and VPS."""
        return MODES[self.mode]


def operations_of(outputs: Mapping[str, Any]) -> Operations:
    """The output `operations` of a stack, with where its VPS is.

    Raises:
        OpsError: There is none, or it is of another version of this program.
    """
    try:
        told, keys = outputs["operations"], outputs.get("canaryApiKeys", {})
        services = [
            {**service, "apiKey": keys[service["name"]]} if service.get("keyed") else service
            for service in told["services"]
        ]
        return Operations.model_validate(
            {
                **told,
                "services": services,
                "address": outputs["vpsAddress"],
                "sshPort": outputs["login"]["port"],
                **outputs.get("wslHost", {}),
            }
        )
    except (KeyError, TypeError, ValidationError):
        raise OpsError(
            "the stack's outputs lack what this version of bin/ops looks for (`operations`):"
            " run pulumi up once with this version"
        ) from None
