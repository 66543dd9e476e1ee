"""A receiver of alerts that runs."""

import threading
from collections.abc import Iterator

import pytest

from tests.unit.components.watcher.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
