"""What every provider sells now, asked at the same time; one that does not tell says why."""

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pulumi
from pydantic import TypeAdapter

from components.vps.catalog import Catalog
from components.vps.preflight import read_catalog
from components.vps.vultr_vpc2 import is_readable
from settings import AnyRentedServer, RentedServer
from settings.credentials import PROVIDERS, token_of
from settings.server import server_models


def rented_providers() -> dict[str, AnyRentedServer]:
    """The providers that rent a VPS, each with its own defaults."""
    adapter: TypeAdapter[AnyRentedServer] = TypeAdapter(AnyRentedServer)
    return {
        name: adapter.validate_python({"provider": name})
        for name, model in server_models().items()
        if issubclass(model, RentedServer)
    }


def read_catalogs(
    providers: Iterable[str], environ: Mapping[str, str] = os.environ
) -> dict[str, Catalog | str]:
    """The catalog of each, or in a few words why there is none."""
    servers = rented_providers()
    wanted = list(providers)
    with ThreadPoolExecutor(max_workers=max(1, len(wanted))) as pool:
        answers = pool.map(lambda name: _read(servers[name], environ), wanted)
        return dict(zip(wanted, answers, strict=True))


def _read(server: AnyRentedServer, environ: Mapping[str, str]) -> Catalog | str:
    variable = PROVIDERS[server.provider].variable
    try:
        return read_catalog(server)
    except pulumi.RunError as error:
        if not environ.get(variable):
            return f"prices need a token: {variable}"
        return str(error).partition("\n")[0]


def refusals(providers: Iterable[str]) -> dict[str, str]:
    """Of which providers `pulumi up` rents nothing now, or may not, in a few words."""
    if "vultr" not in providers:
        return {}
    try:
        readable = is_readable(token_of("vultr"))
    except pulumi.RunError:
        variable = PROVIDERS["vultr"].variable
        return {"vultr": f"whether it can be rented needs {variable}: docs/troubleshooting.md"}
    return {} if readable else {"vultr": "cannot be rented now: docs/troubleshooting.md"}
