"""Every provider that rents is in each list that tells providers apart by name."""

from collections.abc import Mapping

import pytest

from components.vps.endpoints import ENDPOINTS
from lab.infra.trouble import BUSY
from lab.plugins.catalog import PLUGINS
from ops.init.permissions import PROVIDER_PROBES
from ops.regions.hosts import TEST_HOSTS
from settings import RentedServer
from settings.server import server_models

RENTED = {tag for tag, model in server_models().items() if issubclass(model, RentedServer)}


@pytest.mark.parametrize("found", [ENDPOINTS, PROVIDER_PROBES, TEST_HOSTS])
def test_bin_ops_knows_every_provider(found: Mapping[str, object]) -> None:
    assert set(found) == RENTED


def test_the_lab_has_every_providers_plugin_and_words_for_429() -> None:
    apis = {endpoint.base.split("/")[2] for endpoint in ENDPOINTS.values()}

    assert {plugin.name for plugin in PLUGINS} >= RENTED
    assert set(BUSY) >= apis
