"""ReverseProxy: nginx on the VPS, with TLS where the edge speaks it."""

from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from components.access_log import access_log_files
from components.host import Host
from components.ports import own_ports
from components.rendering import render
from components.reverse_proxy.keys import key_files
from components.reverse_proxy.site import (
    HTTP_PORT,
    HTTPS_PORT,
    SiteSpec,
    render_site,
    render_upstreams,
    tls_files,
)
from components.reverse_proxy.tls import OriginCa, SelfSigned
from components.sockets import Sockets
from components.step import Step, host_step


@dataclass(frozen=True, kw_only=True)
class ReverseProxyArgs:
    """What a ReverseProxy is made from.

    Attributes:
        site: What is served. For Acme its port 443 is only made ready here: see PublicCertificate.
        sockets: Where the tunnel ends.
    """

    host: Host
    site: SiteSpec
    sockets: Sockets


class ReverseProxy(pulumi.ComponentResource):
    """nginx on the VPS: installed, up to date, and serving the stack's names.

    It never replaces a configuration that works by one that nginx refuses.
    """

    packages: Step
    site: Step

    def __init__(
        self, name: str, args: ReverseProxyArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("vps-reverse-proxy:index:ReverseProxy", name, None, opts)
        self._name, self._args = name, args
        site, stack = args.site, args.site.stack
        where = {"stack": stack.owner, "where": "the VPS"}
        self.packages = host_step(
            f"{name}-packages",
            args.host,
            "nginx-packages.sh",
            parent=self,
            # On a machine the user has, only what is missing is added.
            values={
                **where,
                "port": str(HTTP_PORT),
                "upgrade": "yes" if args.host.machine else "no",
                "tls": "no" if site.tls.kind == "none" else "yes",
            },
            files={
                "restart.conf": render("nginx-restart.conf.j2"),
                # The user's own nginx may serve files from anywhere.
                **(
                    {"sandbox.conf": render("nginx-sandbox.conf.j2", owner=stack.owner)}
                    if args.host.machine
                    else {}
                ),
            },
        )
        log = host_step(
            f"{name}-access-log",
            args.host,
            "nginx-log.sh",
            parent=self,
            values={**where, "slug": stack.slug, "log": stack.names.access_log},
            files=access_log_files(stack),
            depends_on=[self.packages],
        )
        self.site = host_step(
            f"{name}-site",
            args.host,
            "nginx-site.sh",
            parent=self,
            values={
                **where,
                **args.host.public_addresses,
                "slug": stack.slug,
                "listeners": " ".join(
                    str(port) for port in (HTTP_PORT, *(one.port for one in site.services))
                ),
                "own_ports": own_ports(
                    {one.port: f"services[{index}].port" for index, one in enumerate(site.services)}
                ),
            },
            files={
                "services.conf": render_upstreams(
                    stack=stack,
                    services=site.services,
                    proxy=site.proxy,
                    sockets=args.sockets,
                ),
                "site.conf": render_site(site, HTTP_PORT),
                "catch-all.conf": render("catch-all.conf.j2"),
                **key_files(site.services),
            },
            depends_on=[self.packages, log],
        )
        if isinstance(site.tls, SelfSigned | OriginCa):
            self._secure(site.tls)
        self.register_outputs({"hostnames": site.hostnames})

    def _secure(self, tls: SelfSigned | OriginCa) -> None:
        """Port 443, ready before the edge is told to use it, and gone after it is told not to."""
        host, site = self._args.host, self._args.site
        files: dict[str, pulumi.Input[str]] = dict(tls_files(site))
        files |= key_files(site.services)
        if isinstance(tls, OriginCa):
            files["tls.pem"] = pulumi.Output.secret(
                pulumi.Output.all(tls.private_key, tls.certificate).apply(
                    lambda pair: f"{pair[0].strip()}\n{pair[1].strip()}\n"
                )
            )
        host_step(
            f"{self._name}-tls",
            host,
            "nginx-tls.sh",
            parent=self,
            values={
                "stack": site.stack.owner,
                "where": "the VPS",
                "slug": site.stack.slug,
                "kind": tls.kind,
                "hostnames": " ".join(site.hostnames),
                "listeners": str(HTTPS_PORT),
                **host.public_addresses,
            },
            files=files,
            depends_on=[self.site],
        )
