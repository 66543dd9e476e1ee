"""Every provider with every mode, from `pulumi up` to the spoken round trip.

With `bin/test --full` alone: other tests take each provider and each mode once. The pairs share one
stack, so that each also is a change from the one before it.
"""

from collections.abc import Iterator
from itertools import product

import pytest

from lab import wsl
from lab.rehearse import RehearsalError, prove
from lab.variant import MODES, PROVIDERS, Variant, configure
from tests.e2e.harness import Lab
from tests.e2e.waiting import until

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]


@pytest.fixture(scope="module", autouse=True)
def _as_it_was(lab: Lab) -> Iterator[None]:
    """The stack's own file again, and nothing standing, when all pairs are done."""
    yield
    lab.pulumi("destroy", "--yes", "--skip-preview", check=False)
    wsl.sync_program(lab.name, reset=True)


@pytest.mark.parametrize(("provider", "mode"), list(product(PROVIDERS, MODES)))
def test_it_comes_up_speaks_and_stays(lab: Lab, provider: str, mode: str) -> None:
    variant = Variant(provider=provider, mode=mode)
    configure(lab.name, variant)

    lab.up()
    until(
        lambda: lab.get(variant.health("asr")).text.endswith("200"),
        seconds=90,
        what=f"{variant.health('asr')} answers",
    )

    assert _speaks(lab, variant) == ""
    lab.up("--expect-no-changes")


def _speaks(lab: Lab, variant: Variant) -> str:
    """Why the spoken proof failed; empty when the digits came back."""
    try:
        prove(lab.name, variant)
    except RehearsalError as error:
        return str(error)
    return ""
