"""The end-to-end tests make every pair of provider and mode, and every change of either."""

from itertools import pairwise, permutations, product

from lab.variant import MODES, PROVIDERS, Variant
from tests.e2e import test_9_tour as tour


def test_each_mode_is_changed_to_each_other() -> None:
    changes = list(pairwise(tour.STEPS))

    made = {(old.mode, new.mode) for old, new in changes if old.provider == new.provider}

    assert made == set(permutations(MODES, 2))


def test_each_provider_is_changed_to_each_other() -> None:
    changes = list(pairwise(tour.STEPS))

    made = {(old.provider, new.provider) for old, new in changes if old.mode == new.mode}

    assert made == set(permutations(PROVIDERS, 2))


def test_each_provider_is_met_with_each_mode() -> None:
    assert {(step.provider, step.mode) for step in tour.STEPS} == set(product(PROVIDERS, MODES))


def test_it_begins_as_the_checkout_is_shipped() -> None:
    assert tour.STEPS[0] == Variant()
