"""The files of nginx as texts; nothing here knows the engine."""

import shlex
from collections.abc import Sequence

from components.naming import StackName
from components.rendering import render, script
from components.reverse_proxy.keys import keys_file
from components.reverse_proxy.tls import Acme, NoTls, Tls
from components.reverse_proxy.visitor_policy import VisitorPolicy
from components.sockets import Sockets
from settings import ProxySettings, Service

HTTP_PORT, HTTPS_PORT = 80, 443


def render_site(
    *,
    stack: StackName,
    services: Sequence[Service],
    proxy: ProxySettings,
    trusted_proxies: Sequence[str],
    tls: Tls,
    policy: VisitorPolicy,
    port: int = HTTP_PORT,
) -> str:
    """The nginx configuration of a stack's services on one of its ports.

    Args:
        stack: Whose.
        services: What it serves.
        proxy: Time-outs.
        trusted_proxies: CIDRs of the edge; empty where visitors come straight to the VPS.
        tls: What port 443 shows.
        policy: What visitors are held to.
        port: 80 or 443.
    """
    secure = port == HTTPS_PORT
    # Each port's file has variables of its own: either may change while the other stays.
    prefix = f"{'tls' if secure else 'stack'}_{stack.slug}"
    redirect = ""
    if not secure and not isinstance(tls, NoTls):
        redirect = "visitors" if trusted_proxies else "all"
    return render(
        "site.conf.j2",
        owner=stack.owner,
        slug=stack.slug,
        prefix=prefix,
        services=[
            {
                **service.model_dump(exclude={"api_keys"}),
                "keyed": bool(service.api_keys),
                "stream_timeout": proxy.silence(service),
                "upstream_name": upstream_name(stack, service),
            }
            for service in services
        ],
        connect_timeout=proxy.connect_timeout,
        trusted_proxies=trusted_proxies,
        scheme=f"${prefix}_scheme" if trusted_proxies else "$scheme",
        tls={"pem": stack.names.certificate} if secure else None,
        redirect=redirect,
        policy=policy,
        keyed=any(service.api_keys for service in services),
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


def tls_files(
    *,
    stack: StackName,
    services: Sequence[Service],
    proxy: ProxySettings,
    trusted_proxies: Sequence[str],
    tls: Tls,
    policy: VisitorPolicy,
) -> dict[str, str]:
    """What tls.sh puts in place: the site on port 443, and the names port 80 sends on to it."""
    site = render_site(
        stack=stack,
        services=services,
        proxy=proxy,
        trusted_proxies=trusted_proxies,
        tls=tls,
        policy=policy,
        port=HTTPS_PORT,
    )
    return {
        "tls.conf": site,
        "tls-catch-all.conf": render("tls-catch-all.conf.j2"),
        "names.map": "".join(f"{service.hostname} 1;\n" for service in services),
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
