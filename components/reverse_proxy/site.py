"""The files of nginx as texts; nothing here knows the engine."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from components.naming import StackName
from components.rendering import render, script
from components.reverse_proxy.keys import keys_file
from components.reverse_proxy.tls import Acme, NoTls, Tls
from components.reverse_proxy.visitor_policy import VisitorPolicy
from components.sockets import Sockets
from settings import ProxySettings, Service

HTTP_PORT, HTTPS_PORT = 80, 443


@dataclass(frozen=True, kw_only=True)
class SiteSpec:
    """What the VPS serves to visitors, and how.

    Attributes:
        stack: Whose.
        services: What it serves.
        proxy: Time-outs.
        edge_ranges: CIDRs of the edge, whose word on the visitor's address is believed, and who
            alone is answered; empty where visitors come straight to the VPS.
        tls: What port 443 shows.
        policy: What visitors are held to.
    """

    stack: StackName
    services: Sequence[Service]
    proxy: ProxySettings
    edge_ranges: Sequence[str]
    tls: Tls
    policy: VisitorPolicy

    @property
    def hostnames(self) -> list[str]:
        """The public names."""
        return [service.hostname for service in self.services]


def render_site(spec: SiteSpec, port: int) -> str:
    """The nginx configuration of a stack's services on one of its ports: 80 or 443."""
    stack, tls = spec.stack, spec.tls
    secure = port == HTTPS_PORT
    # Each port's file has variables of its own: either may change while the other stays.
    prefix = f"{'tls' if secure else 'stack'}_{stack.slug}"
    redirect = ""
    if not secure and not isinstance(tls, NoTls):
        redirect = "visitors" if spec.edge_ranges else "all"
    return render(
        "site.conf.j2",
        owner=stack.owner,
        slug=stack.slug,
        prefix=prefix,
        services=[
            {
                **service.model_dump(exclude={"api_keys"}),
                "keyed": bool(service.api_keys),
                "stream_timeout": spec.proxy.silence(service),
                "upstream_name": upstream_name(stack, service),
            }
            for service in spec.services
        ],
        connect_timeout=spec.proxy.connect_timeout,
        edge_ranges=spec.edge_ranges,
        scheme=f"${prefix}_scheme" if spec.edge_ranges else "$scheme",
        tls={"pem": stack.names.certificate} if secure else None,
        redirect=redirect,
        policy=spec.policy,
        keyed=any(service.api_keys for service in spec.services),
        keys_file=keys_file(stack, port),
        access_log=stack.names.access_log,
        webroot=f"{stack.names.tls_folder}/webroot" if isinstance(tls, Acme) and not secure else "",
    )


def upstream_name(stack: StackName, service: Service) -> str:
    """The name of nginx's upstream that leads to a service."""
    return f"way_{stack.slug}_{service.name}"


def render_upstreams(
    *,
    stack: StackName,
    services: Sequence[Service],
    proxy: ProxySettings,
    sockets: Sockets,
) -> str:
    """How nginx reaches the services: over any connection of the tunnel that answers.

    They also answer on a port of loopback each, whatever the Host header says.
    """
    return render(
        "services.conf.j2",
        owner=stack.owner,
        slug=stack.slug,
        services=[
            {
                **service.model_dump(exclude={"api_keys"}),
                "stream_timeout": proxy.silence(service),
                "upstream_name": upstream_name(stack, service),
                "sockets": sockets.of_service(service.name),
            }
            for service in services
        ],
        connect_timeout=proxy.connect_timeout,
        most_streams=sockets.most_streams,
    )


def tls_files(spec: SiteSpec) -> dict[str, str]:
    """What tls.sh puts in place: the site on port 443, and the names port 80 sends on to it."""
    return {
        "tls.conf": render_site(spec, HTTPS_PORT),
        "tls-catch-all.conf": render("tls-catch-all.conf.j2"),
        "names.map": "".join(f"{hostname} 1;\n" for hostname in spec.hostnames),
    }


def acme_files(*, stack: StackName, hostnames: Sequence[str], tls: Acme) -> dict[str, str]:
    """What renews a certificate: the program, what it asks for, its unit and timer."""
    return {
        "renew": script("acme-renew.sh"),
        "acme.conf": render(
            "acme.conf.j2",
            owner=shlex.quote(stack.owner),
            directory=shlex.quote(tls.directory),
            email=shlex.quote(tls.email),
            hostnames=shlex.quote(" ".join(hostnames)),
        ),
        "acme.service": render("acme.service.j2", owner=stack.owner, folder=stack.names.tls_folder),
        "acme.timer": render("acme.timer.j2", owner=stack.owner),
    }
