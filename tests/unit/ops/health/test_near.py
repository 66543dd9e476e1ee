"""Each fault on this side is told by its hop and cause, and what is no fault is not."""

from dataclasses import replace

import pytest

from components.watcher import canary
from ops.health.facts import Facts, Seen, Visit
from ops.remote.web import Exchange
from ops.sending import Unreached
from tests.unit.ops.health.support import (
    DEAD,
    DEAD_END,
    DOWN,
    EDGE,
    FULL,
    HEALTHY,
    LOCAL,
    LOCAL_STREAM,
    NOTHING,
    NOW,
    REFUSED,
    REFUSED_AT_HOME,
    REFUSED_LOGIN,
    SILENT,
    STOPPED,
    STREAM,
    answers,
    here,
    hop,
    operations,
    path_of,
    there,
    vps,
    well,
    wsl,
)

CASES: dict[str, tuple[Facts, str, str]] = {
    "the service is stopped": (
        well(visits=answers(502), vps=there(web=DEAD_END), wsl=here(web=REFUSED_AT_HOME)),
        "service",
        "service-stopped",
    ),
    "the health check fails": (
        well(
            visits=answers(500),
            vps=there(web=DEAD_END),
            wsl=here(web={"asr 0 health": replace(LOCAL, status=500), "asr balancer": LOCAL}),
        ),
        "service",
        "service-unwell",
    ),
    "the service takes no stream": (
        well(
            visits=answers(404),
            vps=there(web=DEAD_END),
            wsl=here(
                web={
                    "asr 0 health": LOCAL,
                    "asr 0 stream": Exchange(failed="upgrade", error="status", status=404),
                    "asr balancer": LOCAL,
                }
            ),
        ),
        "service",
        "service-refuses",
    ),
    "nginx on the WSL host is stopped": (
        well(
            visits=answers(502),
            vps=there(web=DEAD_END),
            wsl=here(units={**wsl().units, "nginx.service": STOPPED}),
        ),
        "balancer",
        "balancer-stopped",
    ),
    "nginx on the WSL host leads nowhere": (
        well(
            visits=answers(502),
            vps=there(web=DEAD_END),
            wsl=here(web={**wsl().web, "asr balancer": replace(LOCAL, status=502)}),
        ),
        "balancer",
        "balancer-fails",
    ),
    "the tunnel is stopped": (
        well(
            visits=answers(502),
            vps=there(web={"asr health": REFUSED, "asr stream": REFUSED}, accounts={"tunnel": 0}),
            wsl=here(units={**wsl().units, "vps-tunnel.service": STOPPED}),
        ),
        "tunnel",
        "tunnel-stopped",
    ),
    "the tunnel runs and no connection of it is up": (
        well(
            visits=answers(502),
            vps=there(web=DEAD_END),
            wsl=here(states={"/run/vps-tunnel/state.json": DOWN}),
        ),
        "tunnel",
        "tunnel-down",
    ),
    "the tunnel runs and its account holds nothing on the VPS": (
        well(
            visits=answers(502),
            vps=there(web=DEAD_END, accounts={"tunnel": 0}),
            wsl=here(states={}),
        ),
        "tunnel",
        "tunnel-down",
    ),
    "the tunnel is up and nothing comes through": (
        well(
            visits=answers(504),
            vps=there(web={"asr health": SILENT, "asr stream": SILENT}),
        ),
        "tunnel",
        "tunnel-stuck",
    ),
    "the tunnel hangs: its state is old": (
        well(
            visits=answers(504),
            vps=there(web={"asr health": SILENT, "asr stream": SILENT}),
            wsl=here(
                states={
                    "/run/vps-tunnel/state.json": {
                        "written": NOW - 60,
                        "connections": [{"slot": 0, "state": "up"}],
                    }
                }
            ),
        ),
        "tunnel",
        "tunnel-down",
    ),
    "the key is revoked": (
        well(
            visits=answers(502),
            vps=there(web=DEAD_END, keys={"/home/tunnel/.ssh/authorized_keys": ()}),
            wsl=here(states={"/run/vps-tunnel/state.json": DOWN}),
        ),
        "tunnel",
        "key-revoked",
    ),
    "the file of keys is gone": (
        well(vps=there(keys={"/home/tunnel/.ssh/authorized_keys": None})),
        "tunnel",
        "key-revoked",
    ),
    "the key is revoked and the VPS tells nothing": (
        well(
            visits=answers(502),
            vps=REFUSED_LOGIN,
            wsl=here(
                states={"/run/vps-tunnel/state.json": DOWN},
                journals={"vps-tunnel.service": ("tunnel@v: Permission denied (publickey).",)},
            ),
        ),
        "tunnel",
        "key-revoked",
    ),
    "the line is down": (
        well(visits={"asr": NOTHING}, vps=DEAD, zone=None, outside=False),
        "wsl",
        "line-down",
    ),
    "the line loses packets": (well(loss=0.03), "wsl", "loss"),
    "this machine's clock is off": (
        well(
            vps=Seen(facts=vps(), ahead=4000.0),
            visits={
                "asr": Visit(
                    addresses=(EDGE,),
                    health=replace(HEALTHY, date=NOW + 4000),
                    stream=replace(HEALTHY, status=101, pong_ms=21.0),
                )
            },
        ),
        "wsl",
        "clock",
    ),
    "this machine's disk is full": (well(wsl=here(disks=(FULL,))), "wsl", "disk-full"),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.replace(" ", "-"))
def test_each_fault_is_named_with_hop_cause_evidence_and_remedy(case: str) -> None:
    facts, name, cause = CASES[case]
    blamed = path_of(facts).blamed

    assert blamed is not None
    assert (blamed.name, blamed.cause) == (name, cause)
    assert blamed.evidence
    assert blamed.remedy


def test_an_old_refusal_in_the_tunnels_log_is_not_taken_for_todays_trouble() -> None:
    old = {"vps-tunnel.service": ("tunnel@v: Permission denied (publickey).",)}
    facts = well(
        visits=answers(502),
        vps=Unreached(reason="refused", words="Connection refused"),
        wsl=here(states={"/run/vps-tunnel/state.json": DOWN}, journals=old),
    )

    assert (path_of(facts).blamed or hop(facts, "tunnel")).cause == "sshd-stopped"


def test_one_upstream_of_two_is_enough_and_counted() -> None:
    services = [
        {**operations().services[0].model_dump(), "upstreams": ["127.0.0.1:1", "127.0.0.1:2"]}
    ]
    web = {**wsl().web, "asr 1 health": REFUSED, "asr 1 stream": REFUSED}
    facts = well(operations=operations(services=services), wsl=here(web=web))

    assert hop(facts, "service").verdict == "ok"
    assert "1 of 2 upstreams" in hop(facts, "service").evidence


def test_reconnects_of_the_tunnel_are_told() -> None:
    connections = [{"slot": 0, "state": "up", "reconnects": 2}, {"slot": 1, "state": "down"}]
    state = {"written": NOW, "connections": connections}
    facts = well(wsl=here(states={"/run/vps-tunnel/state.json": state}))

    assert hop(facts, "tunnel").verdict == "ok"
    assert hop(facts, "tunnel").evidence == "1 of 2 connections up, 2 times connected anew"


UP = {"slot": 0, "state": "up", "reconnects": 0}


def test_a_slow_look_is_no_wrong_clock_and_no_stuck_tunnel() -> None:
    facts = well(
        begun=NOW - 14,
        vps=DEAD,
        visits={
            "asr": Visit(addresses=(EDGE,), health=replace(HEALTHY, date=NOW - 13), stream=STREAM)
        },
        wsl=here(
            now=NOW - 13,
            states={"/run/vps-tunnel/state.json": {"written": NOW - 13, "connections": [UP]}},
        ),
    )

    assert hop(facts, "wsl").verdict == "ok"
    assert hop(facts, "tunnel").evidence == "1 of 1 connections up"


def test_the_streams_of_a_stuck_service_do_not_hide_a_good_one() -> None:
    web = {**wsl().web, "asr 0 stream": replace(LOCAL_STREAM, failed="pong", error="silent")}
    facts = well(wsl=here(web=web))

    assert hop(facts, "service").verdict == "ok"


def said(stage: str) -> dict[str, canary.Visit]:
    """What came of the canary's exchange."""
    detail = "answered 'busy'" if stage else ""
    return {"asr": canary.Visit("asr", "wss://asr", NOW, stage=stage, detail=detail)}


def test_a_service_that_opens_its_stream_and_answers_wrong_does_not_serve() -> None:
    path = path_of(well(said=said("exchange")))

    assert (path.verdict, path.serves) == ("broken", False)
    assert path.blamed is not None
    assert (path.blamed.name, path.blamed.cause) == ("service", "wrong-answer")
    assert "answered 'busy'" in path.blamed.evidence


@pytest.mark.parametrize("stage", ["", "connect", "pong"])
def test_an_exchange_that_fails_before_anything_was_said_tells_nothing_of_the_answer(
    stage: str,
) -> None:
    assert path_of(well(said=said(stage))).serves is True
