"""Ask the provider, before anything is created, whether what the settings name can be had."""

from collections.abc import Mapping

from components.recorded import describe_server
from components.vps.hcloud import preflight_hcloud
from settings import ExistingServer, HcloudServer, ServerSettings


def preflight_server(server: ServerSettings, recorded: Mapping[str, str] | None) -> None:
    """Nothing is asked for a server that runs already: a sold-out size must not stop an edit.

    Raises:
        pulumi.RunError: The size cannot be ordered; the message says what works instead.
    """
    if recorded == describe_server(server):
        return
    match server:
        case HcloudServer():
            preflight_hcloud(server)
        case ExistingServer():
            pass
