"""What a bed is deployed with."""

import json

import pulumi
from pulumi.runtime import set_all_config

from bench.bed import settings
from bench.capacity import HELD
from bench.visitors import COUNT
from settings import load_settings
from tests.unit.settings_support import NAMESPACE


def test_no_limit_of_a_visitor_stands_in_the_way_of_the_load() -> None:
    set_all_config({key: json.dumps(value) for key, value in settings("debian-12").items()})
    try:
        limits = load_settings(pulumi.Config(NAMESPACE)).limits
    finally:
        set_all_config({}, [])

    each = HELD / COUNT
    assert limits.connections > each
    assert limits.burst > each
