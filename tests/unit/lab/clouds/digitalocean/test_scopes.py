"""A token that may not do everything, as bin/ops init asks what it may."""

from collections.abc import Callable

import httpx
import pytest

from ops.init.permissions import PROVIDER_PROBES, Probe
from tests.unit.lab.clouds.digitalocean.conftest import TOKEN

PROBES = PROVIDER_PROBES["digitalocean"]


def status(endpoint: str, probe: Probe) -> int:
    """How the API answers a probe."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    url = f"{endpoint}/v2{probe.path}"
    return httpx.request(probe.method, url, json=probe.body, headers=headers).status_code


@pytest.mark.parametrize("probe", PROBES, ids=[probe.permission for probe in PROBES])
def test_what_is_asked_for_a_permission_is_refused_without_it_and_does_nothing_with_it(
    serve: Callable[..., str], probe: Probe
) -> None:
    others = frozenset(each.permission for each in PROBES) - {probe.permission}

    assert status(serve(scopes={TOKEN: others}), probe) == 403
    just_it = serve(scopes={TOKEN: frozenset({probe.permission, "tag:read"})})
    assert status(just_it, probe) == (200 if probe.method == "GET" else 422)
    tags = httpx.get(f"{just_it}/v2/tags", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert tags["tags"] == []
