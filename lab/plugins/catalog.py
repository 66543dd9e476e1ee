"""The provider plugins that the program needs, and their versions: those of the SDKs it pins."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """One plugin: the SDK's package on PyPI, whose version it has, and its own download server."""

    name: str
    package: str
    server: str = ""

    @property
    def executable(self) -> str:
        """As the engine looks for it."""
        return f"pulumi-resource-{self.name}"


PLUGINS: Final = (
    Plugin(name="command", package="pulumi-command"),
    Plugin(name="hcloud", package="pulumi-hcloud"),
    Plugin(name="digitalocean", package="pulumi-digitalocean"),
    Plugin(name="linode", package="pulumi-linode"),
    Plugin(
        name="vultr",
        package="ediri-vultr",
        server="github://api.github.com/dirien/pulumi-vultr",
    ),
    Plugin(name="cloudflare", package="pulumi-cloudflare"),
    Plugin(name="tls", package="pulumi-tls"),
)


def pinned_versions(requirements: str) -> dict[str, str]:
    """Package -> version, of the lines that pin one."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", requirements, re.MULTILINE))
