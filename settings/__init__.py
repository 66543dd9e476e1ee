"""The program's typed settings: frozen, checked, and the one source of their documentation."""

from settings.credentials import missing_credentials, require_credentials
from settings.limits import LimitSettings
from settings.loading import load_settings
from settings.model import Settings
from settings.sections import (
    EdgeSettings,
    LoadBalancerSettings,
    ProxySettings,
    Service,
    TunnelSettings,
    WslSettings,
)
from settings.server import (
    AnyRentedServer,
    DigitalOceanServer,
    ExistingServer,
    HcloudServer,
    LinodeServer,
    RentedServer,
    ServerSettings,
    VultrServer,
)
from settings.watching import AlertSettings, CanarySettings, WatchSettings

__all__ = [
    "AlertSettings",
    "AnyRentedServer",
    "CanarySettings",
    "DigitalOceanServer",
    "EdgeSettings",
    "ExistingServer",
    "HcloudServer",
    "LimitSettings",
    "LinodeServer",
    "LoadBalancerSettings",
    "ProxySettings",
    "RentedServer",
    "ServerSettings",
    "Service",
    "Settings",
    "TunnelSettings",
    "VultrServer",
    "WatchSettings",
    "WslSettings",
    "load_settings",
    "missing_credentials",
    "require_credentials",
]
