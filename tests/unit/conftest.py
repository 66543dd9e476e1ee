"""How the property tests run: without deadlines on a busy machine, the same every time in CI."""

import os

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

settings.register_profile("own", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "own")


def pytest_configure(config: pytest.Config) -> None:
    """What hypothesis remembers stays out of the checkout, as what pytest does."""
    assert config.cache is not None
    set_hypothesis_home_dir(config.cache.mkdir("hypothesis"))
