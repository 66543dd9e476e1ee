"""PublicCertificate: what the VPS shows visitors that reach it directly, from an ACME server."""

from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from components.host import Host
from components.reverse_proxy.keys import key_files
from components.reverse_proxy.site import HTTPS_PORT, SiteSpec, acme_files, tls_files
from components.reverse_proxy.tls import Acme
from components.step import host_step


@dataclass(frozen=True, kw_only=True)
class PublicCertificateArgs:
    """What a PublicCertificate is made from; as for ReverseProxy, with a site that has Acme."""

    host: Host
    site: SiteSpec


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
        site, tls = args.site, args.site.tls
        assert isinstance(tls, Acme)
        obtained = host_step(
            f"{name}-obtained",
            args.host,
            "nginx-acme.sh",
            parent=self,
            values={
                "stack": site.stack.owner,
                "where": "the VPS",
                "slug": site.stack.slug,
                "kind": tls.kind,
                "hostnames": " ".join(site.hostnames),
                "listeners": str(HTTPS_PORT),
                **args.host.public_addresses,
                "patience": str(tls.patience),
            },
            files={
                **tls_files(site),
                **key_files(site.services),
                **acme_files(stack=site.stack, hostnames=site.hostnames, tls=tls),
            },
        )
        self.expires = obtained.stdout.apply(str.strip)
        self.register_outputs({"expires": self.expires})
