"""Every hop is in each list that tells hops apart by name."""

from typing import get_args

from ops.doctor.path_checks import TITLES
from ops.health.judging import JUDGES, ORDER
from ops.health.model import ROOTS, HopName
from ops.page.diagram import BOX_HOPS

HOPS = {*get_args(HopName)}


def test_every_hop_has_a_judge_a_place_in_the_path_and_a_rank_among_the_causes() -> None:
    assert {*JUDGES} == {*ORDER} == {*ROOTS} == HOPS


def test_every_hop_has_a_title_in_doctor_and_a_place_in_the_picture() -> None:
    rows = {hop for hops in BOX_HOPS.values() for hop in hops}

    assert {*TITLES} == HOPS
    assert rows | {"service", "tunnel"} == HOPS
