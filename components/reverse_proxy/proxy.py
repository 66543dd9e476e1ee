"""ReverseProxy: nginx on the VPS, with TLS where the edge speaks it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from components.access_log import access_log_files
from components.host import Host
from components.naming import StackName
from components.ports import own_ports
from components.rendering import render
from components.reverse_proxy.keys import key_files
from components.reverse_proxy.site import (
    HTTP_PORT,
    HTTPS_PORT,
    render_site,
    render_upstreams,
    tls_files,
)
from components.reverse_proxy.tls import OriginCa, SelfSigned, Tls
from components.reverse_proxy.visitor_policy import VisitorPolicy
from components.sockets import Sockets
from components.step import Step, host_step
from settings import ProxySettings, Service


@dataclass(frozen=True, kw_only=True)
class ReverseProxyArgs:
    """What a ReverseProxy is made from.

    Attributes:
        trusted_proxies: CIDRs of the edge, whose word on the visitor's address is believed, and
            who alone is answered; empty where visitors come straight to the VPS.
        tls: What port 443 shows. For Acme it is only made ready here: see PublicCertificate.
        policy: What visitors are held to.
        sockets: Where the tunnel ends.
    """

    host: Host
    stack: StackName
    services: Sequence[Service]
    proxy: ProxySettings
    trusted_proxies: Sequence[str]
    tls: Tls
    policy: VisitorPolicy
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
        where = {"stack": args.stack.owner, "where": "the VPS"}
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
            },
            files={
                "restart.conf": render("nginx-restart.conf.j2"),
                # The user's own nginx may serve files from anywhere.
                **(
                    {"sandbox.conf": render("nginx-sandbox.conf.j2", owner=args.stack.owner)}
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
            values={**where, "slug": args.stack.slug, "log": args.stack.names.access_log},
            files=access_log_files(args.stack),
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
                "slug": args.stack.slug,
                "listeners": " ".join(
                    str(port) for port in (HTTP_PORT, *(one.port for one in args.services))
                ),
                "own_ports": own_ports(
                    {one.port: f"services[{index}].port" for index, one in enumerate(args.services)}
                ),
            },
            files={
                "services.conf": render_upstreams(
                    stack=args.stack,
                    services=args.services,
                    proxy=args.proxy,
                    sockets=args.sockets,
                ),
                "site.conf": render_site(
                    stack=args.stack,
                    services=args.services,
                    proxy=args.proxy,
                    trusted_proxies=args.trusted_proxies,
                    tls=args.tls,
                    policy=args.policy,
                ),
                "catch-all.conf": render("catch-all.conf.j2"),
                **key_files(args.services),
            },
            depends_on=[self.packages, log],
        )
        if isinstance(args.tls, SelfSigned | OriginCa):
            self._secure(args.tls)
        self.register_outputs({"hostnames": [service.hostname for service in args.services]})

    def _secure(self, tls: SelfSigned | OriginCa) -> None:
        """Port 443, ready before the edge is told to use it, and gone after it is told not to."""
        args = self._args
        files: dict[str, pulumi.Input[str]] = dict(
            tls_files(
                stack=args.stack,
                services=args.services,
                proxy=args.proxy,
                trusted_proxies=args.trusted_proxies,
                tls=tls,
                policy=args.policy,
            )
        )
        files |= key_files(args.services)
        if isinstance(tls, OriginCa):
            files["tls.pem"] = pulumi.Output.secret(
                pulumi.Output.all(tls.private_key, tls.certificate).apply(
                    lambda pair: f"{pair[0].strip()}\n{pair[1].strip()}\n"
                )
            )
        host_step(
            f"{self._name}-tls",
            args.host,
            "nginx-tls.sh",
            parent=self,
            values={
                "stack": args.stack.owner,
                "where": "the VPS",
                "slug": args.stack.slug,
                "kind": tls.kind,
                "hostnames": " ".join(service.hostname for service in args.services),
                "listeners": str(HTTPS_PORT),
                **args.host.public_addresses,
            },
            files=files,
            depends_on=[self.site],
        )
