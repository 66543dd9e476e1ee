"""Every file that is made from a configuration, by who reads it."""

import json
from typing import Any

from components.access_log import access_log_files
from components.hardening.files import guarded_files
from components.load_balancer import forwards, render_load_balancer
from components.modes import MODES
from components.naming import StackName
from components.ports import open_ports
from components.rendering import render
from components.reverse_proxy import (
    Acme,
    NoTls,
    SelfSigned,
    SiteSpec,
    Tls,
    VisitorPolicy,
    render_site,
)
from components.reverse_proxy.keys import render_keys
from components.reverse_proxy.site import HTTP_PORT, acme_files, render_upstreams, tls_files
from components.sockets import OPEN_FILES, WORLD_WRITABLE, Sockets
from components.tunnel_service import render_config, render_known_hosts
from components.upkeep.upkeep import upkeep_files
from components.watch import watcher_facts, watcher_files
from components.windows.start_task import render_task
from settings import ExistingServer, Settings
from tests.unit.settings_support import HOST_KEY

RANGES = ("198.51.100.0/24", "2001:db8:ed6e::/48")
USER_ID = "S-1-5-21-1004336348-1177238915-682003330-1001"
DISTRIBUTION_ID = "{5f3c1b8e-7a52-4d0e-9c1f-2b6a84d7e930}"


def nginx_files(some: Settings, stack: StackName, tls: Tls) -> dict[str, str]:
    """Those for nginx."""
    trusted = RANGES if isinstance(tls, SelfSigned) else ()
    policy = VisitorPolicy(limits=some.limits, hsts=some.edge.hsts)
    sockets = Sockets(stack=stack, connections=2)
    shared: dict[str, Any] = {"stack": stack, "services": some.services, "proxy": some.proxy}
    site = SiteSpec(**shared, edge_ranges=trusted, tls=tls, policy=policy)
    files = {
        "site": render_site(site, HTTP_PORT),
        "upstreams": render_upstreams(**shared, sockets=sockets),
        "balancer": render_load_balancer(
            **shared, limits=some.limits, port=some.load_balancer.port
        ),
        "keys": render_keys(some.services),
        "catch-all": render("catch-all.conf.j2"),
        "watch": watcher_files(stack=stack, services=some.services, watch=some.watch)["watch.conf"],
    }
    if not isinstance(tls, NoTls):
        files |= tls_files(site)
    return files


def line_files(some: Settings, stack: StackName) -> dict[str, str]:
    """Those whose directives are lines: systemd, sshd, ssh, tmpfiles, limits, logrotate."""
    sockets = Sockets(stack=stack, connections=2)
    account, owner = some.tunnel.account, stack.owner
    watcher = watcher_files(stack=stack, services=some.services, watch=some.watch)
    tmpfiles = render(
        "tmpfiles.conf.j2",
        owner=owner,
        account=account,
        directory=sockets.directory,
        folders=sockets.folders,
        world_writable=WORLD_WRITABLE,
    )
    room = render(
        "sockets.mount.j2",
        owner=owner,
        directory=sockets.directory,
        names=sockets.most_names(len(some.services)),
    )
    limits = render("limits.conf.j2", owner=owner, account=account, open_files=OPEN_FILES)
    return {
        **_renewal(some, stack),
        **access_log_files(stack),
        **_closed(some, stack),
        **_ssh(some, stack),
        "watcher.service": watcher["watcher.service"],
        "tmpfiles.conf": tmpfiles,
        "sockets.mount": room,
        "sandbox.conf": render("nginx-sandbox.conf.j2", owner=owner),
        "limits.conf": "- " + limits.splitlines()[-1],
    }


def _renewal(some: Settings, stack: StackName) -> dict[str, str]:
    acme = Acme(directory=some.edge.acme.directory, email=some.edge.acme.email, patience=300)
    hostnames = [service.hostname for service in some.services]
    files = acme_files(stack=stack, hostnames=hostnames, tls=acme)
    return {name: files[name] for name in ("acme.conf", "acme.service", "acme.timer")}


def _closed(some: Settings, stack: StackName) -> dict[str, str]:
    server = some.server
    ssh_port = server.port if isinstance(server, ExistingServer) else 22
    login = server.user if isinstance(server, ExistingServer) else server.admin
    opened = open_ports(MODES["full"], RANGES, ssh_allow=server.ssh_allow, ssh_port=ssh_port)
    files = {
        **guarded_files(stack=stack, user=login, open_ports=opened),
        **upkeep_files(
            stack=stack,
            reboot_window=server.reboot_window,
            ssh_port=ssh_port,
            edge_ranges=RANGES,
        ),
    }
    return {name: text for name, text in files.items() if name not in {"rollback", "holds-tunnel"}}


def _ssh(some: Settings, stack: StackName) -> dict[str, str]:
    account, unit, owner = some.tunnel.account, some.tunnel.unit, stack.owner
    server = some.server
    return {
        "sshd-tunnel.conf": render("sshd.conf.j2", owner=owner, account=account),
        "ssh_config": render(
            "ssh_config.j2",
            owner=owner,
            unit=unit,
            address=server.address if isinstance(server, ExistingServer) else "203.0.113.16",
            port=server.port if isinstance(server, ExistingServer) else 22,
            account=account,
        ),
        # Their first words are values: a keyword none could be told from.
        "known_hosts": "- "
        + render_known_hosts(
            alias=unit, host_key=server.host_key if isinstance(server, ExistingServer) else HOST_KEY
        ),
        "authorized_keys": "- " + render("authorized_keys.j2", public_key=HOST_KEY),
        "tunnel.service": render(
            "tunnel.service.j2", owner=owner, unit=unit, open_files=OPEN_FILES
        ),
    }


def json_files(some: Settings, stack: StackName) -> dict[str, str]:
    """What the program on either host is told."""
    sockets = Sockets(stack=stack, connections=2)
    watcher = watcher_facts(
        stack=stack,
        services=some.services,
        mode=MODES[some.edge.mode],
        watch=some.watch,
        alerts=some.alerts,
        sockets=sockets,
    )
    return {
        "holder": render_config(
            sockets=sockets, forwards=forwards(some.services, some.load_balancer)
        ),
        "watcher": json.dumps({**watcher, "account": some.tunnel.account}),
    }


def task_file(stack: StackName, distribution: str) -> str:
    """What Windows' Task Scheduler is told; XML."""
    return render_task(stack, distribution, DISTRIBUTION_ID, USER_ID, None)
