"""The sections beside the server: services, edge, tunnel, proxy, load balancer."""

from typing import Annotated, Any, Literal

from pydantic import Field

from settings.acme import AcmeSettings
from settings.api_keys import ApiKeys
from settings.names import DnsLabel, NewUnixUser, UnitName
from settings.network import HighPort, Hostname, HostPort, Network, Port, UrlPath, Zone
from settings.section import Section
from settings.values import Connections, Flag, Kind, duration
from settings.watching import CanarySettings

StreamTimeout = Annotated[int, *duration(1, 86400), Kind("duration, 1s to 24h")]
ConnectTimeout = Annotated[int, *duration(5, 60), Kind("duration, 5s to 1m")]

_BALANCER_OFFSET = 10000
_HIGH = 65536 - _BALANCER_OFFSET


def _stream_path(data: dict[str, Any]) -> str:
    return f"/v1/stream/{data['name']}"


class Service(Section):
    """One speech service: public name, paths, the VPS's loopback port, where it listens."""

    name: DnsLabel = Field(description="A short name.", examples=["asr"])
    hostname: Hostname = Field(
        description="Its public name, in the edge's zone.",
        examples=["asr.gonova.one"],
        json_schema_extra={"default_words": "`<name>.<edge.zone>`"},
    )
    stream_path: UrlPath = Field(
        default_factory=_stream_path,
        description="The WebSocket path.",
        json_schema_extra={"default_words": "`/v1/stream/<name>`"},
    )
    health_path: UrlPath = Field("/health", description="The health check's path.")
    metrics_path: UrlPath = Field("/metrics", description="The Prometheus metrics' path.")
    metrics_allow: tuple[Network, ...] = Field(
        ("127.0.0.0/8", "::1/128"),
        description="Which visitor addresses get the metrics; by default the VPS itself.",
        examples=["198.51.100.7"],
        json_schema_extra={"default_words": "loopback"},
    )
    port: HighPort = Field(
        description="Where nginx answers for it on the VPS's loopback, for tests on the VPS"
        " itself.",
        examples=[8082],
        json_schema_extra={"default_words": "`8080` for asr, `8081` for tts, else required"},
    )
    upstreams: tuple[HostPort, ...] = Field(
        min_length=1,
        description="Where it listens, seen from the WSL host;"
        " more than one needs the load balancer.",
        examples=["127.0.0.1:8003"],
        json_schema_extra={
            "default_words": "`127.0.0.1:8001` for asr, `127.0.0.1:8002` for tts, else required"
        },
    )
    stream_timeout: StreamTimeout | None = Field(
        None,
        description="How long this service's streams may be silent.",
        json_schema_extra={"default_words": "`proxy.stream_timeout`"},
    )
    canary: CanarySettings = Field(
        CanarySettings(), description="What the canary asks this service."
    )
    api_keys: ApiKeys = Field(
        {},
        description="Secret; if there are any, the stream is for visitors that show one of them.",
        json_schema_extra={"default_words": "none"},
    )

    @property
    def balancer_port(self) -> int:
        """The WSL host's loopback port where the load balancer answers for this service.

        Not `port`: on the WSL host that number often is the service itself.
        """
        return self.port + _BALANCER_OFFSET * (1 if self.port < _HIGH else -1)


EdgeMode = Literal["direct-http", "direct", "flexible", "full", "strict"]
DIRECT_MODES: frozenset[EdgeMode] = frozenset({"direct-http", "direct"})
"""Those in which visitors reach the VPS itself."""


class EdgeSettings(Section):
    """What answers the public names."""

    mode: EdgeMode = Field(
        "flexible",
        description="Who answers visitors, and how: `docs/modes.md` compares the five.",
    )
    zone: Zone = Field("gonova.one", description="The DNS zone that the hostnames are in.")
    dns: Literal["cloudflare", "manual"] = Field(
        "cloudflare",
        description="Who makes the DNS records: this stack at Cloudflare, or you, elsewhere"
        " (`manual` prints which; for the modes `direct` and `direct-http`).",
    )
    ssl_scope: Literal["hostnames", "zone"] = Field(
        "hostnames",
        description="What Cloudflare's SSL mode is set for: these hostnames, or the whole zone"
        " (its old value comes back by `pulumi destroy`).",
    )
    hsts: Flag = Field(
        default=False,
        description="`true` tells browsers to use https alone for these hostnames, for two years"
        " (not in the mode `direct-http`); `false` tells them to forget it.",
    )
    acme: AcmeSettings = Field(
        AcmeSettings(), description="Where the certificate comes from, in the mode `direct`."
    )


class TunnelSettings(Section):
    """The SSH tunnel from the WSL host to the VPS."""

    unit: UnitName = Field(
        "vps-tunnel",
        description="The systemd unit, its account and its folder on the WSL host; one per stack.",
    )
    account: NewUnixUser = Field(
        "tunnel", description="The tunnel's account on the VPS; it can do nothing else."
    )
    adopt_host: Flag = Field(
        default=False,
        description="`true` moves the tunnel to the machine that runs `pulumi up`.",
    )
    connections: Connections = Field(
        2,
        description="How many ssh connections carry the streams; a new stream takes the one with"
        " the fewest, and each stands in for the others.",
    )


class ProxySettings(Section):
    """nginx on the VPS."""

    stream_timeout: StreamTimeout = Field(3600, description="How long a stream may be silent.")
    connect_timeout: ConnectTimeout = Field(
        60, description="How long nginx waits for the tunnel to take a connection."
    )

    def silence(self, service: Service) -> int:
        """Seconds that a stream of this service may be silent."""
        return service.stream_timeout or self.stream_timeout


class LoadBalancerSettings(Section):
    """Optional nginx on the WSL host, in front of several instances of each service."""

    enabled: Flag = Field(default=False, description="Whether to install it.")
    port: Port = Field(80, description="Where it answers by host name on the WSL host.")


class WslSettings(Section):
    """The Windows side, where the host of the tunnel is WSL."""

    keep_alive: Flag = Field(
        default=True,
        description="Tells Windows to keep the distribution running: idle time-outs in the Windows"
        " user's `.wslconfig` and a scheduled task, both undone by `pulumi destroy`.",
    )
