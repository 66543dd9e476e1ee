"""The API as an ASGI application: who may ask, how often, and how errors are told."""

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request

from lab.clouds.service import SEE_LOG, Manners, carries_token, lies_below, serve
from lab.clouds.vultr.account import Account
from lab.clouds.vultr.catalog_api import catalog_routes
from lab.clouds.vultr.errors import ApiError
from lab.clouds.vultr.firewalls import Firewalls
from lab.clouds.vultr.instance_addresses import InstanceAddresses
from lab.clouds.vultr.instance_calls import InstanceCalls
from lab.clouds.vultr.instances import Instances
from lab.clouds.vultr.power import Power
from lab.clouds.vultr.rate_limit import REQUESTS_PER_SECOND, RateLimit
from lab.clouds.vultr.reserved_ips import ReservedIps
from lab.clouds.vultr.ssh_keys import SshKeys
from lab.clouds.vultr.startup_scripts import StartupScripts
from lab.clouds.vultr.store import Store
from lab.machines import Machines

BOOT_SECONDS = 0.5
INSTANCE_LIMIT = 10
PUBLIC = ("/v2/regions", "/v2/plans", "/v2/os", "/v2/applications")
"""What is said to everybody, token or not; also what is below."""


def create_app(
    *,
    machines: Machines,
    tokens: frozenset[str],
    state_file: Path,
    requests_per_second: int = REQUESTS_PER_SECOND,
    instance_limit: int = INSTANCE_LIMIT,
    boot_seconds: float = BOOT_SECONDS,
    cloudflare: Sequence[str] = (),
    vpc2: bool = True,
) -> Starlette:
    """The API of one account, under /v2.

    tokens: any of them opens it. state_file: JSON; what it holds is there again after a restart.
    boot_seconds: what work on an instance takes besides its machine's. cloudflare: CIDRs that the
    firewall source `cloudflare` means. vpc2: whether VPC 2.0 can be asked for. Vultr has switched
    it off in 2026, and its published plugin, which asks, could not be tried in the lab without.
    """
    account = Account(
        store=Store(state_file),
        machines=machines,
        instance_limit=instance_limit,
        boot_seconds=boot_seconds,
        cloudflare=tuple(cloudflare),
    )
    power = Power(account)
    routes = [
        *InstanceCalls(account, power, vpc2=vpc2).routes(),
        *InstanceAddresses(account).routes(),
        *Instances(account, power).routes(),
        *Firewalls(account).routes(),
        *SshKeys(account).routes(),
        *StartupScripts(account).routes(),
        *ReservedIps(account).routes(),
        *catalog_routes(),
    ]
    return serve({"/v2": routes}, _manners(tokens, RateLimit(requests_per_second)))


def _manners(tokens: frozenset[str], limit: RateLimit) -> Manners:
    def admit(request: Request) -> None:
        if not limit.take():
            raise ApiError(429, "Rate limit exceeded, please try again later")
        if not carries_token(request, tokens) and not lies_below(request.url.path, PUBLIC):
            raise ApiError(401, "Invalid API token.")

    return Manners(admit=admit, unknown=_unknown, broken=ApiError(500, SEE_LOG))


def _unknown(request: Request) -> ApiError:
    return ApiError(404, f"{request.method} {request.url.path} not found")
