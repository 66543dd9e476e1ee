"""Which region is recommended, and what is said of those that are not."""

import io
from collections.abc import Mapping

from rich.console import Console

from components.vps.catalog import Catalog, Size
from ops.regions.latency import Latency
from ops.regions.ranking import Offer, offers, ranked, recommend
from ops.regions.table import NOTHING_ANSWERED, advice_lines, as_json, show

HOSTS = {"nbg1": "nbg1.test", "hel1": "hel1.test", "ash": "ash.test"}
PLACES = {"nbg1": "Nuremberg, DE", "hel1": "Helsinki, FI", "ash": "Ashburn, US"}


def catalog(prices: Mapping[str, float]) -> Catalog:
    size = Size(name="small", memory_mb=1024, prices=prices)
    return Catalog(sizes={"small": size}, currency="EUR", source="test", regions=PLACES)


def latencies(**milliseconds: float) -> dict[str, Latency]:
    return {f"{name}.test": Latency(milliseconds=ms) for name, ms in milliseconds.items()}


def offer(region: str, ms: float | None, price: float | None, currency: str = "EUR") -> Offer:
    return Offer(
        provider="p",
        region=region,
        place="",
        host="",
        milliseconds=ms,
        trouble="" if ms is not None else "no answer",
        size="small" if price is not None else None,
        price=price,
        currency=currency,
        note="",
    )


def test_the_nearest_comes_first_and_what_did_not_answer_last() -> None:
    found = ranked([offer("c", None, 1), offer("b", 90, 1), offer("a", 12, 9)])

    assert [one.region for one in found] == ["a", "b", "c"]


def test_of_two_that_are_about_as_near_the_cheaper_is_recommended() -> None:
    advice = recommend([offer("near", 12, 9.0), offer("cheap", 20, 4.0), offer("far", 200, 1.0)])

    assert advice is not None
    assert advice.region == "cheap"


def test_what_pulumi_up_would_refuse_to_rent_is_not_recommended_and_says_so() -> None:
    hosts, prices = {"nbg1": "nbg1.test"}, catalog({"nbg1": 1.0, "hel1": 1.0})
    (refused, *_) = offers("vultr", hosts, latencies(nbg1=2), prices, refused="not now")
    free = offer("free", 9, 9.0)
    table = io.StringIO()
    show([refused, free], free, Console(file=table, width=120))

    assert recommend([refused, free]) == free
    assert recommend([refused]) is None
    assert "not now" in table.getvalue()
    assert as_json([refused], None)["regions"][0]["refused"] == "not now"


def test_a_cheap_region_far_away_is_not_recommended() -> None:
    advice = recommend([offer("near", 12, 9.0), offer("cheap", 23, 1.0)])

    assert advice is not None
    assert advice.region == "near"


def test_a_sold_out_region_is_not_recommended() -> None:
    advice = recommend([offer("full", 2, None), offer("free", 30, 9.0)])

    assert advice is not None
    assert advice.region == "free"


def test_a_region_without_a_known_price_is_recommended_when_it_is_the_nearest_by_far() -> None:
    advice = recommend([offer("untold", 2, None, currency=""), offer("told", 80, 9.0)])

    assert advice is not None
    assert advice.region == "untold"
    assert "token" in advice_lines([], advice)[-1]


def test_nothing_is_recommended_when_nobody_answers() -> None:
    found = [offer("a", None, 3.0)]

    assert recommend(found) is None
    assert advice_lines(found, None) == [NOTHING_ANSWERED]


def test_a_recommendation_beyond_the_guides_rule_says_so() -> None:
    advice = recommend([offer("a", 90, 3.0)])

    assert "farther away than 50 ms" in advice_lines([], advice)[-1]


def test_every_region_sold_has_its_cheapest_size_and_price() -> None:
    found = offers("hcloud", HOSTS, latencies(nbg1=10), catalog({"nbg1": 5.49, "hel1": 5.99}))

    assert [(one.region, one.size, one.price) for one in found] == [
        ("nbg1", "small", 5.49),
        ("hel1", "small", 5.99),
        ("ash", None, None),
    ]
    assert found[2].note == "nothing can be ordered there now"


def test_a_size_with_too_little_memory_is_not_offered() -> None:
    sizes = {
        "half": Size(name="half", memory_mb=512, prices={"nbg1": 2.0}),
        "whole": Size(name="whole", memory_mb=1024, prices={"nbg1": 4.0}),
    }
    sold = Catalog(sizes=sizes, currency="EUR", source="test", regions={"nbg1": "Nuremberg"})

    (found,) = offers("hcloud", HOSTS, {}, sold)

    assert (found.size, found.price) == ("whole", 4.0)


def test_a_region_without_test_host_is_listed_and_says_so() -> None:
    found = offers("hcloud", {}, {}, catalog({"nbg1": 5.49}))

    assert {one.trouble for one in found} == {"no test host known"}


def test_without_a_token_the_regions_are_measured_and_the_row_says_why_no_price() -> None:
    found = offers("hcloud", HOSTS, latencies(nbg1=10), "prices need a token: HCLOUD_TOKEN")

    assert [one.region for one in found] == ["nbg1", "hel1", "ash"]
    assert found[0].milliseconds == 10
    assert {one.note for one in found} == {"prices need a token: HCLOUD_TOKEN"}


def test_programs_get_the_rule_the_order_and_the_advice() -> None:
    found = ranked([offer("b", 90.04, 1), offer("a", 12, 9)])

    said = as_json(found, recommend(found))

    assert said["nearMilliseconds"] == 50
    assert [(one["region"], one["milliseconds"], one["near"]) for one in said["regions"]] == [
        ("a", 12, True),
        ("b", 90.0, False),
    ]
    assert said["recommended"]["region"] == "a"


def test_the_table_holds_every_region_the_rule_and_the_advice() -> None:
    found = [offer("near", 12, 5.49), offer("silent", None, None)]
    console = Console(width=100, record=True, file=io.StringIO())

    show(found, recommend(found), console)

    text = console.export_text()
    for words in ("near", "5.49 EUR", "12.0 ms", "no answer", "less than 50 ms", "Recommended: p"):
        assert words in text
