"""The page: what it shows, what it never does, and where things are in the picture."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ops.errors import OpsError
from ops.health.facts import Facts, Seen
from ops.health.judging import judge
from ops.page.day import BARS, DAY, day_of
from ops.page.diagram import PLACES, draw
from ops.page.rendering import page, streams, write_page
from ops.remote.canary import buckets
from tests.unit.ops.health.support import (
    DEAD,
    NOW,
    STOPPED,
    answers,
    operations,
    vps,
    well,
    wsl,
)

PRICE = {"amount": 5.49, "currency": "EUR", "source": "x"}
OUTPUTS: dict[str, Any] = {"monthlyCost": PRICE, "login": {"privateKey": "PLANTED"}}
WATCHER = "/run/vps-reverse-proxy-watch-dev/status.json"


def drawn(facts: Facts) -> str:
    return page(facts, judge(facts), OUTPUTS)


def stopped() -> Facts:
    units = {**vps().units, "nginx.service": STOPPED}
    return well(visits=answers(521), vps=Seen(facts=vps(units=units, listeners=()), ahead=0.0))


def test_a_healthy_stack_is_shown_with_its_figures() -> None:
    text = drawn(well())

    for words in ("Everything works", "asr.gonova.one", "21 ms", "5.49 EUR", "1 of 1", "90 d"):
        assert words in text
    assert "What is wrong" not in text


def test_what_is_wrong_is_said_first_with_what_mends_it() -> None:
    text = drawn(stopped())

    assert "Something is broken" in text
    assert text.index("What is wrong") < text.index("The path")
    assert "<code>bin/ops restart nginx</code>" in text


def test_the_page_asks_nobody_and_runs_nothing() -> None:
    text = drawn(well())

    assert not re.findall(r"<script|<link|<img|<iframe|@import|url\(|src=|https?://", text)


def test_what_others_say_is_shown_as_text_and_never_as_markup() -> None:
    facts = well(vps=Seen(facts=vps(nginx_trouble="<script>alert(1)</script>"), ahead=0.0))

    assert "<script" not in drawn(facts)
    assert "&lt;script&gt;" in drawn(facts)


def test_no_secret_of_the_outputs_is_on_the_page() -> None:
    assert "PLANTED" not in drawn(well())


def test_open_connections_are_those_the_watcher_counts() -> None:
    counted = vps(states={WATCHER: {"nginx": {"active": 14}}})

    assert streams(well(vps=Seen(facts=counted))) == "14"
    assert streams(well(vps=Seen(facts=vps(states={WATCHER: {"nginx": None}})))) == "\N{EN DASH}"
    assert streams(well(vps=DEAD)) == "\N{EN DASH}"


def test_the_boxes_stand_side_by_side_and_touch_nobody() -> None:
    diagram = draw(well(), judge(well()))
    row = sorted(diagram.boxes, key=lambda box: box.x)

    assert [box.title for box in row] == ["visitor", "Cloudflare", "VPS", "WSL host", "asr"]
    assert all(left.x + left.width < right.x for left, right in pairwise(row))
    assert all(box.y >= 0 and box.y + box.height <= diagram.height for box in row)
    assert row[-1].x + row[-1].width <= diagram.width


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_many_services_make_the_picture_taller_and_overlap_nowhere(count: int) -> None:
    first = operations().services[0]
    many = [first.model_copy(update={"name": f"s{number}"}) for number in range(count)]
    visit = well().visits["asr"]
    facts = well(operations=operations(services=many), visits={one.name: visit for one in many})
    diagram = draw(facts, judge(facts))
    boxes = sorted(
        (box for box in diagram.boxes if box.x == PLACES["services"]), key=lambda box: box.y
    )

    assert len(boxes) == count
    assert all(a.y + a.height < b.y for a, b in pairwise(boxes))
    assert boxes[0].y >= 0
    assert boxes[-1].y + boxes[-1].height <= diagram.height


def test_the_tunnel_is_drawn_with_a_lane_for_each_connection() -> None:
    connections = [{"slot": 0, "state": "up"}, {"slot": 1, "state": "doubt"}, {"slot": 2}]
    state = {"written": NOW, "connections": connections}
    facts = well(wsl=Seen(facts=wsl(states={"/run/vps-tunnel/state.json": state})))
    lanes = [wire.lanes for wire in draw(facts, judge(facts)).wires if wire.lanes]

    assert lanes == [("ok", "unknown", "broken")]


def test_a_hop_that_is_broken_colours_its_box_and_names_its_cause() -> None:
    boxes = {box.title: box for box in draw(stopped(), judge(stopped())).boxes}

    assert boxes["VPS"].state == "broken"
    assert ("nginx", "broken", "nginx-stopped") in [
        (row.label, row.state, row.value) for row in boxes["VPS"].rows
    ]
    assert boxes["Cloudflare"].state == "ok"


def bucket(ago: float, ok: int, failed: int, ms: float | None = 20.0) -> dict[str, Any]:
    return {"start": NOW - ago - 900, "ok": ok, "failed": failed, "ms": ms}


def test_the_bars_end_now_and_are_coloured_by_what_failed() -> None:
    day = day_of([bucket(0, 30, 0), bucket(900, 29, 1), bucket(1800, 0, 30, None)], NOW)

    assert len(day.bars) == BARS
    assert [bar.state for bar in day.bars[-4:]] == ["none", "failed", "mixed", "ok"]
    assert day.share == pytest.approx(59 / 90)
    assert day.p50_ms == 20.0
    assert "29 of 30 visits succeeded" in day.bars[-2].told


def test_a_day_without_visits_has_no_share() -> None:
    day = day_of([], NOW)

    assert (day.share, day.p50_ms) == (None, None)
    assert {bar.state for bar in day.bars} == {"none"}


def test_what_is_older_than_a_day_is_left_out() -> None:
    assert day_of([bucket(DAY + 900, 1, 0)], NOW).share is None


def test_the_watchers_lines_become_quarters_of_an_hour(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text(
        f'{{"t": {NOW - 10}, "service": "asr", "ok": true, "ms": 30}}\n'
        f'{{"t": {NOW - 40}, "service": "asr", "ok": true, "ms": 20}}\n'
        f'{{"t": {NOW - 70}, "service": "asr", "ok": false, "ms": 9, "stage": "pong"}}\n'
        f'{{"t": {NOW - 1000}, "service": "asr", "ok": false, "ms": 9}}\n'
        f'{{"t": {NOW - 90000}, "service": "asr", "ok": true, "ms": 9}}\n'
        '{"t": 1, "serv\n'
    )
    found = buckets(str(file), NOW)

    assert found == {
        "asr": [
            {"start": NOW - 1800, "ok": 0, "failed": 1, "ms": None},
            {"start": NOW - 900, "ok": 2, "failed": 1, "ms": 30},
        ]
    }


def test_a_page_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="cannot be written: No such file"):
        write_page(tmp_path / "nowhere" / "x.html", "text")


def test_a_folder_is_no_place_for_a_page_and_gets_nothing(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="is a folder: name a file"):
        write_page(tmp_path, "text")

    assert not list(tmp_path.iterdir())
    assert not list(tmp_path.parent.glob(".*.new"))


def test_a_page_is_put_in_its_place_in_one_piece(tmp_path: Path) -> None:
    write_page(tmp_path / "x.html", "text")

    assert (tmp_path / "x.html").read_text() == "text"
    assert [file.name for file in tmp_path.iterdir()] == ["x.html"]
