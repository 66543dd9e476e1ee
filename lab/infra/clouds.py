"""Every cloud that the lab has: its API's names, and how its application is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab import acme
from lab.clouds import cloudflare, digitalocean, hetzner, linode, vultr
from lab.clouds.cloudflare.app import EDGE_RANGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from starlette.applications import Starlette

    from lab.ca import CertificateAuthority
    from lab.clouds.cloudflare import ZoneState
    from lab.machines import Machines


CLOUDFLARE_TOKENS = {
    "cloudflare": cloudflare.PERMISSIONS,
    "cloudflare-records": frozenset({"Zone Read", "DNS Write"}),  # as many people make theirs
}
"""What Cloudflare's tokens may do, by their names; a lab of before has only the first."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What an API may use: who may call it, where its state goes, what it can move.

    `tokens` holds one token for each cloud, by the cloud's name; it may do everything. Cloudflare
    has another one that may not.
    """

    tokens: Mapping[str, str]
    state: Path
    machines: Machines
    on_zones: Callable[[ZoneState], None]
    ca: CertificateAuthority


@dataclass(frozen=True)
class Cloud:
    """One cloud. `create` makes its ASGI application."""

    hostnames: tuple[str, ...]
    create: Callable[[Context], Starlette]


def _hetzner(context: Context) -> Starlette:
    return hetzner.create_app(
        machines=context.machines,
        tokens=frozenset({context.tokens["hcloud"]}),
        state_file=context.state / "hetzner.json",
    )


def _digitalocean(context: Context) -> Starlette:
    return digitalocean.create_app(
        machines=context.machines,
        tokens=frozenset({context.tokens["digitalocean"]}),
        state_file=context.state / "digitalocean.json",
    )


def _vultr(context: Context) -> Starlette:
    return vultr.create_app(
        machines=context.machines,
        tokens=frozenset({context.tokens["vultr"]}),
        state_file=context.state / "vultr.json",
        cloudflare=EDGE_RANGES,
    )


def _cloudflare(context: Context) -> Starlette:
    return cloudflare.create_app(
        tokens={
            context.tokens[name]: held
            for name, held in CLOUDFLARE_TOKENS.items()
            if name in context.tokens
        },
        state_file=context.state / "cloudflare.json",
        on_change=context.on_zones,
    )


def _linode(context: Context) -> Starlette:
    return linode.create_app(
        machines=context.machines,
        tokens=frozenset({context.tokens["linode"]}),
        state_file=context.state / "linode.json",
    )


def _acme(context: Context) -> Starlette:
    return acme.create_app(ca=context.ca, state=context.state)


CLOUDS = (
    Cloud(hetzner.HOSTNAMES, _hetzner),
    Cloud(digitalocean.HOSTNAMES, _digitalocean),
    Cloud(linode.HOSTNAMES, _linode),
    Cloud(vultr.HOSTNAMES, _vultr),
    Cloud(cloudflare.HOSTNAMES, _cloudflare),
    Cloud(acme.HOSTNAMES, _acme),
)
