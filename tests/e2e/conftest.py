"""One lab for each worker: booted at the first test that needs it, gone after the last."""

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from lab import lifecycle, wsl
from lab.cache import BuildError
from lab.images import prepare
from lab.paths import cache_dir
from tests.e2e.harness import Lab
from tests.e2e.names import DISTRIBUTION, NAME
from tests.e2e.shipped import shipped


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A lab of the tests' own; the user's rehearsal may be up beside it."""
    with _to_oneself(NAME):
        lifecycle.down(NAME)  # what a killed run has left
        lifecycle.up(NAME, print, image=DISTRIBUTION)
        try:
            wsl.sync_program(NAME, reset=True)
            yield Lab(NAME)
        finally:
            lifecycle.down(NAME)


@contextmanager
def _to_oneself(name: str) -> Iterator[None]:
    """Nobody else's run uses labs of this name meanwhile, of another checkout either."""
    folder = cache_dir() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"tests-{name}").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(
                f"another run of bin/test uses the lab {name}: wait until it has ended, or name"
                " other labs with VPS_TEST_LAB=NAME (1 to 10 letters and digits)"
            ) from None
        yield


@pytest.fixture(scope="module")
def deployed(lab: Lab) -> Lab:
    """The lab with stack dev up, as the checkout has it, whatever the file before this one left."""
    lab.pulumi("stack", "select")  # removing any stack leaves none selected
    lab.configure(shipped())
    lab.up()
    lab.wait_serving()
    return lab


@pytest.fixture
def edited(deployed: Lab) -> Iterator[Lab]:
    """A deployed lab whose configuration is put back afterwards, and nothing else.

    A test finds deployed what the one before it has left, until the next file's `deployed`.
    """
    yield deployed
    deployed.configure(shipped())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these need the lab; none of them is over in the seconds a unit test has."""
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker("e2e")
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(600))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What the lab builds once is built before the first test: those minutes are no test's own."""
    chosen = any(item.get_closest_marker("e2e") for item in session.items)
    if chosen and not session.config.option.collectonly:
        with suppress(BuildError, OSError, ValueError):  # the first test that needs a lab tells
            prepare(DISTRIBUTION, report=_tell)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
