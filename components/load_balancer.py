"""LoadBalancer: optional nginx on the WSL host, in front of the instances of each service."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_command import local

from components.access_log import access_log_files
from components.naming import StackName
from components.ports import own_ports
from components.rendering import render
from components.step import local_step
from components.tunnel_service import Forward
from settings import LimitSettings, LoadBalancerSettings, ProxySettings, Service


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """What a LoadBalancer is made from.

    Attributes:
        port: Where it answers by host name.
        machine_id: Of the WSL host.
    """

    stack: StackName
    services: Sequence[Service]
    proxy: ProxySettings
    limits: LimitSettings
    port: int
    machine_id: pulumi.Input[str]


def balancer_address(service: Service) -> str:
    """Where the tunnel reaches a service through the load balancer (host:port, loopback).

    Not the service's own port: on the WSL host that number is often the service itself.
    """
    return f"127.0.0.1:{service.balancer_port}"


def forwards(services: Sequence[Service], balancer: LoadBalancerSettings) -> list[Forward]:
    """What the tunnel carries: to each service itself, or to its port of the load balancer."""
    return [
        Forward(
            name=service.name,
            target=balancer_address(service) if balancer.enabled else service.upstreams[0],
        )
        for service in services
    ]


def render_load_balancer(
    *,
    stack: StackName,
    services: Sequence[Service],
    proxy: ProxySettings,
    limits: LimitSettings,
    port: int,
) -> str:
    """The nginx configuration: by name on `port`, and by a loopback port for each service."""
    return render(
        "load-balancer.conf.j2",
        owner=stack.owner,
        slug=stack.slug,
        port=port,
        services=[
            {
                **service.model_dump(exclude={"api_keys"}),
                "stream_timeout": proxy.silence(service),
                "balancer_address": balancer_address(service),
            }
            for service in services
        ],
        connect_timeout=proxy.connect_timeout,
        access_log=stack.names.access_log,
        body_megabytes=limits.body_megabytes,
    )


class LoadBalancer(pulumi.ComponentResource):
    """nginx on one port of the WSL host by name (80 in the guide's picture), and on loopback."""

    packages: local.Command
    site: local.Command

    def __init__(
        self, name: str, args: LoadBalancerArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("vps-reverse-proxy:index:LoadBalancer", name, None, opts)
        where: dict[str, pulumi.Input[str]] = {
            "stack": args.stack.owner,
            "where": "the WSL host",
            "port": str(args.port),
            "machine_id": args.machine_id,
        }
        self.packages = local_step(
            f"{name}-packages",
            "nginx-packages.sh",
            parent=self,
            values={**where, "upgrade": "no"},
            files={"restart.conf": render("nginx-restart.conf.j2")},
        )
        log = local_step(
            f"{name}-access-log",
            "nginx-log.sh",
            parent=self,
            values={**where, "slug": args.stack.slug, "log": args.stack.names.access_log},
            files=access_log_files(args.stack),
            depends_on=[self.packages],
        )
        self.site = local_step(
            f"{name}-site",
            "nginx-site.sh",
            parent=self,
            values={
                **where,
                "slug": args.stack.slug,
                "listeners": " ".join(
                    [str(args.port), *(str(service.balancer_port) for service in args.services)]
                ),
                "own_ports": own_ports(
                    {
                        one.balancer_port: f"services[{index}].port"
                        for index, one in enumerate(args.services)
                    }
                ),
            },
            files={
                "site.conf": render_load_balancer(
                    stack=args.stack,
                    services=args.services,
                    proxy=args.proxy,
                    limits=args.limits,
                    port=args.port,
                )
            },
            depends_on=[self.packages, log],
        )
        self.register_outputs({"port": args.port})
