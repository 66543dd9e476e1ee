"""A whole path: its hops, how one fault leaves the others, whether it serves and since when."""

import pytest

from ops.health.facts import Facts, Seen
from ops.health.judging import ORDER
from ops.sending import Unreached
from tests.unit.ops.health.support import (
    DEAD,
    DEAD_END,
    DOWN,
    FULL,
    KEY,
    NOTHING,
    NOW,
    REFUSED_AT_HOME,
    answers,
    here,
    hop,
    operations,
    path_of,
    there,
    well,
)


def test_when_all_is_well_every_hop_is_and_tells_what_was_seen() -> None:
    path = path_of(well())

    assert (path.verdict, path.serves, path.round_trip_ms) == ("ok", True, 21.0)
    assert [one.name for one in path.hops] == list(ORDER)
    assert {one.verdict for one in path.hops} == {"ok"}
    assert all(one.evidence for one in path.hops)
    assert not any(one.cause or one.remedy for one in path.hops)


def test_a_stack_without_an_edge_or_load_balancer_has_no_such_hops() -> None:
    services = [{**operations().services[0].model_dump(), "balancer_port": None}]
    plain = operations(mode="direct-http", balancer_port=None, services=services)
    names = [one.name for one in path_of(well(operations=plain)).hops]

    assert names == ["dns", "vps", "nginx", "tunnel", "wsl", "service"]


def test_when_the_line_is_down_nobody_else_is_blamed() -> None:
    facts = well(visits={"asr": NOTHING}, vps=DEAD, zone=None, outside=False)
    path = path_of(facts)

    assert [one.name for one in path.hops if one.verdict == "broken"] == ["wsl"]
    assert path.serves is None


@pytest.mark.parametrize("facts", [well(loss=0.03), well(wsl=here(disks=(FULL,)))])
def test_a_fault_of_this_machine_that_cuts_nothing_leaves_the_other_hops_ok(facts: Facts) -> None:
    others = {one.verdict for one in path_of(facts).hops if one.name != "wsl"}

    assert others == {"ok"}
    assert path_of(facts).serves is True


def test_when_the_vps_is_off_nginx_and_tunnel_are_unknown() -> None:
    down = here(states={"/run/vps-tunnel/state.json": DOWN})
    facts = well(visits=answers(522), vps=DEAD, wsl=down)

    assert hop(facts, "nginx").verdict == "unknown"
    assert hop(facts, "tunnel").verdict == "unknown"
    assert hop(facts, "service").verdict == "ok"
    assert hop(facts, "edge").verdict == "ok"


def test_when_the_service_is_stopped_the_tunnel_is_not_blamed() -> None:
    facts = well(visits=answers(502), vps=there(web=DEAD_END), wsl=here(web=REFUSED_AT_HOME))

    assert hop(facts, "tunnel").verdict != "broken"
    assert hop(facts, "balancer").verdict == "ok"
    assert hop(facts, "nginx").verdict == "ok"


def test_a_machine_that_tells_nothing_leaves_its_hops_unknown() -> None:
    nothing = Unreached(reason="failed", words="no python here")
    facts = well(visits=answers(502), vps=nothing, wsl=nothing, zone=None)
    verdicts = {one.name: one.verdict for one in path_of(facts).hops}

    assert verdicts["service"] == verdicts["balancer"] == verdicts["tunnel"] == "unknown"
    assert path_of(facts).verdict == "broken"


def test_seen_from_another_machine_a_stack_that_serves_has_no_broken_hop() -> None:
    path = path_of(well(wsl=Unreached(reason="elsewhere", words="the WSL host is wsl")))

    assert path.serves
    assert {one.verdict for one in path.hops} == {"ok", "unknown"}
    assert next(one for one in path.hops if one.name == "wsl").evidence == "the WSL host is wsl"


def test_latencies_are_those_of_each_hop_alone() -> None:
    facts = well(wsl=here(states={}))

    assert hop(facts, "edge").latency_ms == 10.0
    assert hop(facts, "tls").latency_ms == 20.0
    assert hop(facts, "wsl").latency_ms == 11.0
    assert hop(facts, "service").latency_ms == pytest.approx(1.1)
    assert hop(facts, "balancer").latency_ms == 0.0
    assert hop(facts, "tunnel").latency_ms == 0.0
    assert KEY not in repr(path_of(facts))


@pytest.mark.parametrize(
    ("told", "since"),
    [
        ({"services": {"asr": {"ok": True, "since": NOW - 50}}}, NOW - 50),
        ({"services": {"asr": {"ok": False, "since": NOW - 50}}}, None),
        ({"services": {"asr": {"ok": True, "since": None}}}, None),
        ({"services": {}}, None),
        (None, None),
    ],
)
def test_since_when_a_service_serves_is_what_the_watcher_noted(
    told: object, since: float | None
) -> None:
    states = {"/run/vps-reverse-proxy-watch-dev/status.json": told}

    assert path_of(well(vps=there(states=states))).since == since


def told_since(moment: float, *, ok: bool) -> Seen:
    path = "/run/vps-reverse-proxy-watch-dev/status.json"
    return there(states={path: {"services": {"asr": {"ok": ok, "since": moment}}}})


def test_a_hop_that_tells_no_time_of_its_own_stands_so_as_long_as_the_canary_finds_it() -> None:
    serving = well(vps=told_since(NOW - 50, ok=True))
    assert hop(serving, "edge").since == hop(serving, "service").since == NOW - 50
    assert hop(serving, "nginx").since == NOW - 600

    down = well(
        vps=told_since(NOW - 50, ok=False), visits=answers(502), wsl=here(web=REFUSED_AT_HOME)
    )
    assert hop(down, "service").verdict == "broken"
    assert hop(down, "service").since == NOW - 50
    assert hop(down, "edge").since is None
