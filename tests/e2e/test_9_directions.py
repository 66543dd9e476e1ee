"""The changes of mode and of provider on a running stack that no other test makes.

With `bin/test --full` alone. Each starts from what the one before it left. That with the others all
twenty of both kinds are made, a unit test counts.
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
    *("flexible", "full", "direct", "direct-http", "full", "direct-http", "strict", "flexible"),
    *("direct", "flexible", "strict", "direct-http", "flexible"),
)
PROVIDERS = (
    *("hcloud", "existing", "vultr", "linode", "vultr", "hcloud", "linode", "hcloud", "existing"),
    *("linode", "digitalocean", "vultr", "existing", "hcloud", "digitalocean", "existing"),
    *("digitalocean", "hcloud"),
)
STEPS = (
    *(Variant(mode=mode) for mode in MODES),
    *(Variant(mode=MODES[-1], provider=provider) for provider in PROVIDERS[1:]),
)


@pytest.fixture(scope="module", autouse=True)
def _as_it_was(deployed: Lab) -> Iterator[None]:
    """From stack dev as it is shipped; nothing standing when all is done."""
    yield
    deployed.pulumi("destroy", "--yes", "--skip-preview", check=False)
    wsl.sync_program(deployed.name, reset=True)


@pytest.mark.parametrize(
    "variant",
    [pytest.param(new, id=f"{old.provider}-{old.mode}-to-{new.provider}-{new.mode}")
     for old, new in pairwise(STEPS)],
)  # fmt: skip
def test_a_running_stack_changes(lab: Lab, variant: Variant) -> None:
    configure(lab.name, variant)

    lab.up()
    until(
        lambda: lab.get(variant.health("asr")).text.endswith("200"),
        seconds=90,
        what=f"{variant.health('asr')} answers",
    )
    prove(lab.name, variant)
    lab.up("--expect-no-changes")
