"""Every provider with every mode, and every change between two of either, on one running stack.

With `bin/test --full` alone: other tests take each provider and each mode once. Mode and provider
change in turn. Each order goes from every name to every other one once, and they are such that
every pair is met on the way; a unit test counts both.
"""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from lab import wsl
from lab.rehearse import prove
from lab.variant import Variant, configure
from tests.e2e.harness import Lab
from tests.e2e.waiting import until

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]

MODES = (
    *("flexible", "full", "flexible", "strict", "flexible", "direct-http", "strict", "full"),
    *("strict", "direct", "flexible", "direct", "direct-http", "direct", "strict", "direct-http"),
    *("full", "direct", "full", "direct-http", "flexible"),
)
PROVIDERS = (
    *("hcloud", "digitalocean", "vultr", "digitalocean", "linode", "vultr", "hcloud", "linode"),
    *("digitalocean", "hcloud", "existing", "linode", "hcloud", "vultr", "existing", "vultr"),
    *("linode", "existing", "digitalocean", "existing", "hcloud"),
)
# hcloud-flexible, hcloud-full, digitalocean-full, digitalocean-flexible, ...
STEPS = tuple(
    Variant(provider=provider, mode=mode)
    for turn, provider in enumerate(PROVIDERS)
    for mode in MODES[turn : turn + 2]
)


@pytest.fixture(scope="module", autouse=True)
def _as_it_was(deployed: Lab) -> Iterator[None]:
    """From stack dev as it is shipped, the first step; nothing standing when all is done."""
    yield
    deployed.pulumi("destroy", "--yes", "--skip-preview", check=False)
    wsl.sync_program(deployed.name, reset=True)


@pytest.mark.parametrize(
    "variant",
    [pytest.param(new, id=f"{old.provider}-{old.mode}-to-{new.provider}-{new.mode}")
     for old, new in pairwise(STEPS)],
)  # fmt: skip
def test_a_running_stack_changes_speaks_and_stays(lab: Lab, variant: Variant) -> None:
    configure(lab.name, variant)

    lab.up()
    until(
        lambda: lab.get(variant.health("asr")).text.endswith("200"),
        seconds=90,
        what=f"{variant.health('asr')} answers",
    )
    prove(lab.name, variant)
    lab.up("--expect-no-changes")
