"""Watch: the watcher on the VPS, which visits every service as a visitor does, and tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import ResourceOptions

from components.host import Host
from components.modes import EXPIRY_WARNING_DAYS, Mode
from components.naming import StackName
from components.outputs import service_urls
from components.ports import OpenPort, own_ports, without_overlaps
from components.rendering import HERE, render
from components.reverse_proxy.keys import canary_key
from components.sockets import Sockets
from components.step import Step, host_step
from settings import AlertSettings, Service, WatchSettings

MODULES = tuple(sorted(path.name for path in (HERE / "watcher").glob("*.py")))


@dataclass(frozen=True, kw_only=True)
class WatchArgs:
    """What a Watch is made from.

    Attributes:
        account: Of the tunnel on the VPS.
        sockets: Where the tunnel ends.
    """

    host: Host
    stack: StackName
    services: Sequence[Service]
    mode: Mode
    watch: WatchSettings
    alerts: AlertSettings
    account: pulumi.Input[str]
    sockets: Sockets


def metrics_port(watch: WatchSettings, services: Sequence[Service]) -> int:
    """Where the VPS tells Prometheus its figures; another one for each stack on it."""
    return watch.ports(services[0].port)[0]


def outside_port(watch: WatchSettings, services: Sequence[Service]) -> int:
    """Where the addresses in `watch.metrics_allow` read them."""
    return watch.ports(services[0].port)[1]


def metrics_ports(watch: WatchSettings, services: Sequence[Service]) -> tuple[OpenPort, ...]:
    """What both firewalls, the provider's and the VPS's own, open for readers from elsewhere."""
    if not watch.enabled or not watch.metrics_allow:
        return ()
    port = outside_port(watch, services)
    return (OpenPort(port=port, sources=without_overlaps(watch.metrics_allow), name="metrics"),)


def watcher_facts(
    *,
    stack: StackName,
    services: Sequence[Service],
    mode: Mode,
    watch: WatchSettings,
    alerts: AlertSettings,
    sockets: Sockets,
) -> dict[str, Any]:
    """The watcher's configuration without the tunnel's account; it holds secrets in clear."""
    urls = service_urls(services, mode)
    return {
        "stack": stack.owner,
        "interval": watch.interval,
        "targets": [
            {
                "name": service.name,
                "url": urls[service.name]["stream"],
                "headers": {"Authorization": f"Bearer {key}"} if key else {},
                "send": service.canary.send,
                "expect": service.canary.expect,
            }
            for service in services
            for key in [canary_key(service)]
        ],
        "tunnel_folder": sockets.directory,
        "connections": sockets.connections,
        "tls_name": "" if mode.certificate == "none" else services[0].hostname,
        "status_url": f"http://127.0.0.1:{metrics_port(watch, services)}/nginx",
        "patience": alerts.patience,
        "quiet": alerts.quiet,
        "certificate_days": EXPIRY_WARNING_DAYS,
        "vps_certificate_days": mode.expiry_warning_days,
        "renewed_by_up": mode.certificate == "origin-ca",
        "webhook": alerts.webhook.get_secret_value() if alerts.webhook else "",
        "ntfy": alerts.ntfy.get_secret_value() if alerts.ntfy else "",
    }


def watcher_config(args: WatchArgs) -> pulumi.Output[str]:
    """The watcher's configuration as JSON, which `components/watcher/config.py` reads; secret."""
    facts = watcher_facts(
        stack=args.stack,
        services=args.services,
        mode=args.mode,
        watch=args.watch,
        alerts=args.alerts,
        sockets=args.sockets,
    )
    return pulumi.Output.secret(
        pulumi.Output.json_dumps({**facts, "account": args.account}, indent=1)
    )


def watcher_files(
    *, stack: StackName, services: Sequence[Service], watch: WatchSettings
) -> dict[str, str]:
    """The watcher's unit, and nginx's site for the metrics, by the names watcher.sh knows."""
    name = stack.names.watcher
    return {
        "watcher.service": render(
            "watcher.service.j2",
            owner=stack.owner,
            name=name,
            folder=f"/usr/local/lib/vps-reverse-proxy/watch-{stack.slug}",
            config=f"/etc/vps-reverse-proxy/{stack.slug}-watch.json",
        ),
        "watch.conf": render(
            "watch.conf.j2",
            owner=stack.owner,
            name=name,
            port=metrics_port(watch, services),
            outside_port=outside_port(watch, services),
            allow=watch.metrics_allow,
        ),
    }


class Watch(pulumi.ComponentResource):
    """Canary, metrics and alerts, sent from the VPS: they arrive when the WSL host is what died."""

    step: Step

    def __init__(self, name: str, args: WatchArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("vps-reverse-proxy:index:Watch", name, None, opts)
        port = metrics_port(args.watch, args.services)
        listeners = [port]
        if args.watch.metrics_allow:
            listeners.append(outside_port(args.watch, args.services))
        self.step = host_step(
            f"{name}-watcher",
            args.host,
            "watcher.sh",
            parent=self,
            values={
                "stack": args.stack.owner,
                "slug": args.stack.slug,
                "where": "the VPS",
                "modules": " ".join(MODULES),
                "listeners": " ".join(map(str, listeners)),
                "own_ports": own_ports(dict.fromkeys(listeners, "watch.metrics_port")),
            },
            files={
                **{
                    f"watcher-{module}": (HERE / "watcher" / module).read_text(encoding="utf-8")
                    for module in MODULES
                },
                "config.json": watcher_config(args),
                **watcher_files(stack=args.stack, services=args.services, watch=args.watch),
            },
        )
        self.register_outputs({"port": port})
