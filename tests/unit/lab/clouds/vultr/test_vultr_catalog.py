"""What is for sale, against the documented schema."""

import pytest

from tests.unit.lab.clouds.vultr.conftest import Vultr
from tests.unit.lab.clouds.vultr.schema import OS, PLAN, REGION, expect


def test_plans_regions_and_systems_have_their_documented_fields(vultr: Vultr) -> None:
    for key, fields in (("plans", PLAN), ("regions", REGION), ("os", OS)):
        answer = vultr.get(f"/{key}")
        assert answer["meta"] == {"total": len(answer[key]), "links": {"next": "", "prev": ""}}
        for shown in answer[key]:
            expect(shown, fields)


def test_the_smallest_plan_with_ipv4_everywhere_costs_five_dollars(vultr: Vultr) -> None:
    plans = {plan["id"]: plan for plan in vultr.get("/plans")["plans"]}
    regions = {region["id"] for region in vultr.get("/regions")["regions"]}
    assert plans["vc2-1c-1gb"]["monthly_cost"] == 5
    assert set(plans["vc2-1c-1gb"]["locations"]) == regions
    assert plans["vc2-1c-0.5gb-v6"]["monthly_cost"] == 2.5
    assert "fra" not in plans["vc2-1c-0.5gb-v6"]["locations"]


def test_a_plan_may_cost_more_in_a_region(vultr: Vultr) -> None:
    plans = {plan["id"]: plan for plan in vultr.get("/plans")["plans"]}
    assert plans["vc2-2c-2gb"]["monthly_cost"] == 15
    assert plans["vc2-2c-2gb"]["location_cost"] == {
        "sao": {"monthly_cost": 22.5, "hourly_cost": 0.031}
    }
    assert plans["vc2-1c-1gb"]["location_cost"] == {}


def test_a_plan_may_be_sold_out_where_it_is_sold(vultr: Vultr) -> None:
    assert "vc2-1c-1gb" in vultr.get("/regions/fra/availability")["available_plans"]
    assert "vc2-1c-1gb" not in vultr.get("/regions/hnl/availability")["available_plans"]
    assert vultr.get("/regions/man/availability") == {"available_plans": []}


def test_plans_may_be_asked_for_by_type(vultr: Vultr) -> None:
    shown = vultr.get("/plans?type=vhf")["plans"]
    assert {plan["type"] for plan in shown} == {"vhf"}
    assert vultr.get("/regions/fra/availability?type=vhf")["available_plans"] == [
        plan["id"] for plan in shown
    ]


@pytest.mark.parametrize(
    ("key", "name"), [(2136, "Debian 12 x64 (bookworm)"), (2625, "Debian 13 x64 (trixie)")]
)
def test_debian_has_vultrs_own_numbers(vultr: Vultr, key: int, name: str) -> None:
    assert {"id": key, "name": name, "arch": "x64", "family": "debian"} in vultr.get("/os")["os"]
