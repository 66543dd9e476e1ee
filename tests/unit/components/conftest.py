"""No test sees the mocks or the configuration of another one."""

import asyncio
from collections.abc import Iterator

import pulumi
import pytest
from pulumi.runtime import set_all_config


@pytest.fixture(autouse=True)
def _reset_pulumi() -> Iterator[None]:
    set_all_config({})
    # pulumi.runtime.test takes the current loop, and an asynchronous test before may leave none.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    pulumi.runtime.settings.reset_options()
    set_all_config({})
    loop.close()
    asyncio.set_event_loop(None)
