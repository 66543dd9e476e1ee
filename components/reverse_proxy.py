"""ReverseProxy: nginx on the VPS, one server block per service."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_command import remote

from components.host import Host
from components.naming import StackName
from components.rendering import render
from components.step import host_step
from settings import ProxySettings, Service

PORT = 80


@dataclass(frozen=True, kw_only=True)
class ReverseProxyArgs:
    """What a ReverseProxy is made from.

    Attributes:
        trusted_proxies: CIDRs of the edge, whose word on the visitor's address is believed;
            empty where visitors come straight to the VPS.
    """

    host: Host
    stack: StackName
    services: Sequence[Service]
    proxy: ProxySettings
    trusted_proxies: Sequence[str]


def render_site(
    *,
    stack: StackName,
    services: Sequence[Service],
    proxy: ProxySettings,
    trusted_proxies: Sequence[str],
) -> str:
    """The nginx configuration of a stack's services."""
    return render(
        "site.conf.j2",
        owner=stack.owner,
        slug=stack.slug,
        services=[
            {
                **service.model_dump(),
                "stream_timeout": service.stream_timeout or proxy.stream_timeout,
            }
            for service in services
        ],
        connect_timeout=proxy.connect_timeout,
        trusted_proxies=trusted_proxies,
        scheme=f"$stack_{stack.slug}_scheme" if trusted_proxies else "$scheme",
    )


class ReverseProxy(pulumi.ComponentResource):
    """nginx on the VPS: installed, up to date, and serving the stack's names.

    It never replaces a configuration that works by one that nginx refuses.
    """

    packages: remote.Command
    site: remote.Command

    def __init__(
        self, name: str, args: ReverseProxyArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("vps-reverse-proxy:index:ReverseProxy", name, None, opts)
        where = {"stack": args.stack.owner, "where": "the VPS", "port": str(PORT)}
        self.packages = host_step(
            f"{name}-packages",
            args.host,
            "nginx-packages.sh",
            parent=self,
            # On a machine the user has, only what is missing is added.
            values={**where, "upgrade": "yes" if args.host.machine else "no"},
        )
        self.site = host_step(
            f"{name}-site",
            args.host,
            "nginx-site.sh",
            parent=self,
            values={**where, "slug": args.stack.slug, "listeners": str(PORT)},
            files={
                "site.conf": render_site(
                    stack=args.stack,
                    services=args.services,
                    proxy=args.proxy,
                    trusted_proxies=args.trusted_proxies,
                ),
                "catch-all.conf": render("catch-all.conf.j2"),
            },
            depends_on=[self.packages],
        )
        self.register_outputs({"hostnames": [service.hostname for service in args.services]})
