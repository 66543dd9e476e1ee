"""PublicCertificate: what the VPS shows visitors that reach it directly, from an ACME server."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from components.host import Host
from components.naming import StackName
from components.reverse_proxy.keys import key_files
from components.reverse_proxy.site import HTTPS_PORT, acme_files, tls_files
from components.reverse_proxy.tls import Acme
from components.reverse_proxy.visitor_policy import VisitorPolicy
from components.step import host_step
from settings import ProxySettings, Service


@dataclass(frozen=True, kw_only=True)
class PublicCertificateArgs:
    """What a PublicCertificate is made from; as for ReverseProxy."""

    host: Host
    stack: StackName
    services: Sequence[Service]
    proxy: ProxySettings
    tls: Acme
    policy: VisitorPolicy


class PublicCertificate(pulumi.ComponentResource):
    """One certificate for all names of a stack, obtained once they lead to the VPS.

    So it comes after the DNS records, and port 443 with it; until then port 80 serves alone. A
    timer on the VPS renews it. A failure leaves what there was in service.

    Attributes:
        expires: When it ends (ISO 8601, UTC), as of the last change of this stack.
    """

    expires: pulumi.Output[str]

    def __init__(
        self, name: str, args: PublicCertificateArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("vps-reverse-proxy:index:PublicCertificate", name, None, opts)
        hostnames = [service.hostname for service in args.services]
        obtained = host_step(
            f"{name}-obtained",
            args.host,
            "nginx-acme.sh",
            parent=self,
            values={
                "stack": args.stack.owner,
                "where": "the VPS",
                "slug": args.stack.slug,
                "kind": args.tls.kind,
                "hostnames": " ".join(hostnames),
                "listeners": str(HTTPS_PORT),
                **args.host.public_addresses,
                "patience": str(args.tls.patience),
            },
            files={
                **tls_files(
                    stack=args.stack,
                    services=args.services,
                    proxy=args.proxy,
                    trusted_proxies=(),
                    tls=args.tls,
                    policy=args.policy,
                ),
                **key_files(args.services),
                **acme_files(stack=args.stack, hostnames=hostnames, tls=args.tls),
            },
        )
        self.expires = obtained.stdout.apply(str.strip)
        self.register_outputs({"expires": self.expires})
