"""Settings -> preflight -> components -> exports."""

import pulumi
from pulumi import ResourceOptions

from components.drift import plan_repairs, start_look
from components.edge import (
    Edge,
    EdgeArgs,
    OriginCertificate,
    OriginCertificateArgs,
    certificate_generation,
    preflight_edge,
)
from components.hardening import Hardening, HardeningArgs
from components.interruption import end_quietly
from components.load_balancer import LoadBalancer, LoadBalancerArgs, forwards
from components.modes import MODES
from components.naming import StackName
from components.outputs import describe_cost, describe_operations, next_steps, service_urls
from components.ports import open_ports
from components.preflight import check_this_machine
from components.recorded import announce_changes, describe_server, read_outputs
from components.reverse_proxy import (
    Acme,
    Guard,
    PublicCertificate,
    PublicCertificateArgs,
    ReverseProxy,
    ReverseProxyArgs,
    tls_for,
)
from components.sockets import Sockets
from components.tunnel_service import TunnelKey, TunnelKeyArgs, TunnelService, TunnelServiceArgs
from components.tunnel_user import TunnelUser, TunnelUserArgs
from components.upkeep import Upkeep, UpkeepArgs
from components.vps import Vps, VpsArgs, preflight_server
from components.watch import Watch, WatchArgs, metrics_ports
from components.windows.keep_alive import WslKeepAlive, WslKeepAliveArgs
from components.wsl_host import WslHost, WslHostArgs
from settings import load_settings, require_credentials

end_quietly()
settings = load_settings(pulumi.Config())
require_credentials(settings)
stack = StackName(project=pulumi.get_project(), stack=pulumi.get_stack())
recorded = read_outputs(stack)
here = check_this_machine(
    settings,
    stack.owner,
    recorded.get("wslHost"),
    dry_run=pulumi.runtime.is_dry_run(),
    kept=recorded.get("keepAlive"),
)
look = start_look(
    stack,
    recorded,
    machine_id=here.machine_id if here.is_wsl_host else "",
    wanted=settings.drift == "on",
)
offer = preflight_server(settings.server, recorded.get("server"))
server = describe_server(settings.server, offer.region if offer else "")
zone = preflight_edge(settings.edge, settings.services, stack)
announce_changes(server, recorded.get("server"))
repairs = plan_repairs(look(), recorded)
repairs.mark_steps()
mode = MODES[settings.edge.mode]
opened = (
    *open_ports(
        mode,
        zone.trusted_proxies,
        ssh_allow=settings.server.ssh_allow,
        ssh_port=settings.server.ssh_port,
    ),
    *metrics_ports(settings.watch, settings.services),
)
sockets = Sockets(stack=stack, connections=settings.tunnel.connections)

vps = Vps(
    "vps",
    VpsArgs(
        server=settings.server,
        region=server.get("region", ""),
        stack=stack,
        open_ports=opened,
    ),
)
# A machine the user has stays open, unless it is to be closed as well.
hardenings = [
    Hardening("hardening", HardeningArgs(host=vps.host, stack=stack, open_ports=opened))
    for _ in range(settings.server.closed)
]
host = hardenings[0].host if hardenings else vps.host
generation = certificate_generation(recorded)
certificates = [
    OriginCertificate(
        "certificate",
        OriginCertificateArgs(
            hostnames=[service.hostname for service in settings.services], generation=generation
        ),
    )
    for _ in range(mode.certificate == "origin-ca")
]
tls = tls_for(
    settings.edge,
    certificate=certificates[0].certificate_pem if certificates else None,
    private_key=certificates[0].private_key_pem if certificates else None,
)
guard = Guard(limits=settings.limits, hsts=settings.edge.hsts)
proxy = ReverseProxy(
    "proxy",
    ReverseProxyArgs(
        host=host,
        stack=stack,
        services=settings.services,
        proxy=settings.proxy,
        trusted_proxies=zone.trusted_proxies,
        tls=tls,
        guard=guard,
        sockets=sockets,
    ),
)
upkeeps = [
    Upkeep(
        "upkeep",
        UpkeepArgs(
            host=host,
            stack=stack,
            reboot_window=settings.server.reboot_window,
            ssh_port=settings.server.ssh_port,
            edge_ranges=zone.trusted_proxies,
        ),
        # One installation at a time, and nginx first: its logs are watched.
        ResourceOptions(depends_on=[proxy.packages]),
    )
    for _ in hardenings
]
balancers = [
    LoadBalancer(
        "balancer",
        LoadBalancerArgs(
            stack=stack,
            services=settings.services,
            proxy=settings.proxy,
            limits=settings.limits,
            port=settings.load_balancer.port,
            machine_id=here.machine_id,
        ),
    )
    for _ in range(settings.load_balancer.enabled)
]
key = TunnelKey(
    "tunnel-key",
    TunnelKeyArgs(stack=stack, unit=settings.tunnel.unit, machine_id=here.machine_id),
)
user = TunnelUser(
    "tunnel-user",
    TunnelUserArgs(
        host=host,
        stack=stack,
        account=settings.tunnel.account,
        public_key=key.public_key,
        sockets=sockets,
        services=len(settings.services),
    ),
)
tunnel = TunnelService(
    "tunnel",
    TunnelServiceArgs(
        host=host,
        stack=stack,
        tunnel=settings.tunnel,
        account=user.account,
        forwards=forwards(settings.services, settings.load_balancer),
        sockets=sockets,
        machine_id=here.machine_id,
    ),
)
edge = Edge(
    "edge",
    EdgeArgs(
        edge=settings.edge,
        zone=zone,
        stack=stack,
        services=settings.services,
        address=vps.host.address,
        address6=vps.host.address6,
    ),
    # Visitors are sent to a VPS only once it serves: a failed `up` leaves the old one in charge.
    ResourceOptions(depends_on=[proxy, tunnel, *balancers]),
)
public_certificates = [
    PublicCertificate(
        "public-certificate",
        PublicCertificateArgs(
            host=host,
            stack=stack,
            services=settings.services,
            proxy=settings.proxy,
            tls=acme,
            guard=guard,
        ),
        # An ACME server looks the names up: they must lead here first.
        ResourceOptions(depends_on=[edge]),
    )
    for acme in [tls]
    if isinstance(acme, Acme)
]
keep_alives = [
    WslKeepAlive(
        "keep-alive",
        WslKeepAliveArgs(stack=stack, distribution=distribution, machine_id=here.machine_id),
    )
    for distribution in [here.distribution]
    if distribution is not None
]
watches = [
    Watch(
        "watch",
        WatchArgs(
            host=vps.host,
            stack=stack,
            services=settings.services,
            mode=mode,
            watch=settings.watch,
            alerts=settings.alerts,
            account=user.account,
            connections=sockets.connections,
        ),
        # It visits the public names: they must lead here first.
        ResourceOptions(depends_on=[edge, *public_certificates]),
    )
    for _ in range(settings.watch.enabled)
]
WslHost(
    "wsl-host",
    WslHostArgs(hostname=here.hostname, machine_id=here.machine_id),
    ResourceOptions(
        depends_on=[
            vps,
            *hardenings,
            *certificates,
            proxy,
            *upkeeps,
            *balancers,
            key,
            user,
            tunnel,
            edge,
            *public_certificates,
            *keep_alives,
            *watches,
        ]
    ),
)

pulumi.export("urls", service_urls(settings.services, mode))
pulumi.export("vpsAddress", vps.host.address)
pulumi.export("vpsAddress6", vps.host.address6)
pulumi.export("server", server)
pulumi.export("monthlyCost", describe_cost(offer))
pulumi.export("wslHost", {"hostname": here.hostname, "machineId": here.machine_id})
pulumi.export("login", vps.login)
pulumi.export("operations", describe_operations(settings, stack))
pulumi.export("repaired", repairs.times)
for certificate in certificates:
    pulumi.export("certificate", {"generation": generation, "expires": certificate.expires})
    pulumi.export("certificateExpires", certificate.expires)
for public_certificate in public_certificates:
    pulumi.export("certificateExpires", public_certificate.expires)
if settings.edge.dns == "manual":
    pulumi.export("dnsRecords", edge.dns_records)
for keep_alive in keep_alives:
    pulumi.export("keepAlive", keep_alive.described)
pulumi.export("nextSteps", next_steps(settings.services, settings.tunnel.unit, mode))
