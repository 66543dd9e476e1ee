"""No test sees the mocks or the configuration of another one."""

from collections.abc import Iterator

import pulumi
import pytest
from pulumi.runtime import set_all_config


@pytest.fixture(autouse=True)
def _reset_pulumi() -> Iterator[None]:
    set_all_config({})
    yield
    pulumi.runtime.settings.reset_options()
    set_all_config({})
