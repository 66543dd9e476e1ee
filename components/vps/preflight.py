"""Ask the provider, before anything is created, whether what the settings name can be had."""

from collections.abc import Mapping

import pulumi

from components.recorded import describe_server
from components.vps.hcloud import preflight_hcloud
from settings import ExistingServer, HcloudServer, ServerSettings


def preflight_server(server: ServerSettings, recorded: Mapping[str, str] | None) -> None:
    """Nothing is asked for a server that runs already: a sold-out size must not stop an edit.

    Raises:
        pulumi.RunError: The size cannot be ordered, or the running server cannot become what is
            asked for; the message says what works instead.
    """
    wanted = describe_server(server)
    if recorded == wanted:
        return
    if recorded and "admin" in wanted and recorded.get("admin", "") not in ("", wanted["admin"]):
        key = f"{pulumi.get_project()}:server.admin"
        raise pulumi.RunError(
            f"{key}: the account {recorded['admin']} was made at the server's first boot and "
            f"cannot be renamed; set it back: pulumi config set --path {key} {recorded['admin']} "
            "- or, for a new server, run pulumi destroy before pulumi up"
        )
    match server:
        case HcloudServer():
            preflight_hcloud(server)
        case ExistingServer():
            pass
