"""All settings of a stack, with the rules that span sections."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from settings.conflicts import find_conflicts
from settings.defaults import fill
from settings.limits import LimitSettings
from settings.partial import Partial
from settings.section import Section
from settings.sections import (
    EdgeSettings,
    LoadBalancerSettings,
    ProxySettings,
    Service,
    TunnelSettings,
    WslSettings,
)
from settings.server import ServerSettings
from settings.values import OnOff
from settings.watching import AlertSettings, WatchSettings


class Settings(Section):
    """One stack's configuration; its secrets (API keys, alert addresses) are `SecretStr`."""

    server: ServerSettings = Field(
        description="The VPS - which provider to rent it from, or the address of one you have."
    )
    services: tuple[Service, ...] = Field(
        min_length=1,
        description="The services to publish - one entry each, with name, port and upstreams.",
        examples=["name: asr"],
    )
    edge: EdgeSettings = Field(
        EdgeSettings(), description="What answers the public names - DNS zone and mode."
    )
    tunnel: TunnelSettings = Field(
        TunnelSettings(),
        description="The tunnel from the WSL host to the VPS, and the systemd unit that holds it.",
    )
    proxy: ProxySettings = Field(ProxySettings(), description="nginx on the VPS - its time-outs.")
    limits: LimitSettings = Field(
        LimitSettings(),
        description="What one visitor may ask of nginx on the VPS - a visitor is an IPv4 address,"
        " or an IPv6 network of 64 bits, and never Cloudflare.",
    )
    load_balancer: LoadBalancerSettings = Field(
        LoadBalancerSettings(),
        description="Optional nginx on the WSL host, in front of several instances of each"
        " service.",
    )
    wsl: WslSettings = Field(
        WslSettings(),
        description="What Windows is told, where the host of the tunnel is WSL; elsewhere nothing.",
    )
    watch: WatchSettings = Field(
        WatchSettings(), description="What watches the stack from the VPS - canary and metrics."
    )
    alerts: AlertSettings = Field(
        AlertSettings(), description="Who is told when the canary or the tunnel is in trouble."
    )
    drift: OnOff = Field(
        "on",
        description="Whether each run first checks both hosts for changes made by hand.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_defaults(cls, raw: Any) -> Any:
        return fill(raw) if isinstance(raw, Mapping) else raw

    @model_validator(mode="after")
    def _refuse_conflicts(self) -> Self:
        conflicts = find_conflicts(
            Partial(
                server=self.server,
                services=dict(enumerate(self.services)),
                edge=self.edge,
                tunnel=self.tunnel,
                load_balancer=self.load_balancer,
                watch=self.watch,
            )
        )
        if conflicts:
            text = "; ".join(f"{path}: {problem}" for path, problem in conflicts)
            # Braces would be read as placeholders; no checked value can hold one.
            raise PydanticCustomError("conflicts", "{text}", {"text": text})
        return self
