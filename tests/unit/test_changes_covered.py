"""The end-to-end tests make every change of mode and of provider on a running stack."""

from itertools import pairwise, permutations

from lab.variant import MODES, PROVIDERS
from tests.e2e import test_7_modes as modes
from tests.e2e import test_9_directions as directions


def test_each_mode_is_changed_to_each_other() -> None:
    tours = (("flexible", *modes.ORDER), MODES, directions.MODES)

    made = {change for tour in tours for change in pairwise(tour)}

    assert made >= set(permutations(MODES, 2))


def test_each_provider_is_changed_to_each_other() -> None:
    tours = (PROVIDERS, directions.PROVIDERS)

    made = {change for tour in tours for change in pairwise(tour)}

    assert made >= set(permutations(PROVIDERS, 2))
