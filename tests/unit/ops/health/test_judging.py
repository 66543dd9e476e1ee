"""Each fault, as the probes see it, and the hop and cause that must be named."""

from dataclasses import replace

import pytest

from components.watcher import canary
from ops.health.facts import Disk, Facts, Record, Seen, Visit, Zone
from ops.health.judging import ORDER
from ops.remote.web import Exchange
from ops.sending import Unreached
from tests.unit.ops.health.support import (
    ADDRESS,
    CLOSED,
    DAY,
    DEAD,
    EDGE,
    HEALTHY,
    KEY,
    LOCAL,
    LOCAL_STREAM,
    NOW,
    REFUSED,
    SILENT,
    STOPPED,
    STREAM,
    answers,
    hop,
    operations,
    path_of,
    vps,
    well,
    wsl,
)

FULL = Disk(place="/", size=1_000_000, free=1000, files=1000, left=900)
NO_INODES = Disk(place="/var", size=1_000_000, free=900_000, files=1000, left=1)
TLS_PEM = "/var/lib/vps-reverse-proxy/tls-dev/tls.pem"
REFUSED_LOGIN = Unreached(
    reason="denied", words="admin@203.0.113.16: Permission denied (publickey)."
)
DOWN = {"connections": [{"slot": 0, "state": "down"}], "written": NOW}
NOTHING = Visit(dns_error="silent")
SPOILED = Exchange(failed="tls", error="certificate-expired", words="certificate has expired")


def zone(record: Record | None, ssl_mode: str | None = "flexible") -> Zone:
    return Zone(records={"asr.gonova.one": record} if record else {}, ssl_mode=ssl_mode)


def there(**changed: object) -> Seen:
    return Seen(facts=vps(**changed), ahead=0.0)


def here(**changed: object) -> Seen:
    return Seen(facts=wsl(**changed))


def direct(visit: Visit, **changed: object) -> Facts:
    """A stack in mode direct, with a certificate on the VPS."""
    return well(
        operations=operations(mode="direct"),
        visits={"asr": visit},
        zone=zone(Record(content=ADDRESS, proxied=False), None),
        **changed,
    )


DEAD_END = {"asr health": CLOSED, "asr stream": CLOSED}
REFUSED_AT_HOME = {"asr 0 health": REFUSED, "asr 0 stream": REFUSED, "asr balancer": LOCAL}
ELSEWHERE = Record(content="198.51.100.99", proxied=True)
REACHED = Visit(
    addresses=(ADDRESS,), health=HEALTHY, stream=replace(HEALTHY, status=101, pong_ms=9)
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
    "the administrator's login is refused": (well(vps=REFUSED_LOGIN), "vps", "login-refused"),
    "sshd is stopped while streams flow": (
        well(vps=Unreached(reason="refused", words="Connection refused")),
        "vps",
        "sshd-stopped",
    ),
    "sshd is stopped and the tunnel went with it": (
        well(
            visits=answers(502),
            vps=Unreached(reason="refused", words="Connection refused"),
            wsl=here(states={"/run/vps-tunnel/state.json": DOWN}),
        ),
        "vps",
        "sshd-stopped",
    ),
    "another machine answers at the VPS's address": (
        well(vps=Unreached(reason="host-key", words="Host key verification failed.")),
        "vps",
        "host-key",
    ),
    "port 22 is closed and the web answers": (well(vps=DEAD), "vps", "ssh-blocked"),
    "the VPS is off": (
        well(visits=answers(522), vps=DEAD, wsl=here(states={"/run/vps-tunnel/state.json": DOWN})),
        "vps",
        "vps-silent",
    ),
    "the VPS is off, and visitors reach it directly": (
        direct(Visit(addresses=(ADDRESS,), health=SILENT), vps=DEAD),
        "vps",
        "vps-silent",
    ),
    "nginx on the VPS is stopped": (
        well(
            visits=answers(521),
            vps=there(units={**vps().units, "nginx.service": STOPPED}, listeners=()),
        ),
        "nginx",
        "nginx-stopped",
    ),
    "nginx on the VPS does not listen": (
        well(visits=answers(521), vps=there(listeners=())),
        "nginx",
        "nginx-deaf",
    ),
    "nginx refuses what the service would take": (
        well(visits=answers(403)),
        "nginx",
        "nginx-refuses",
    ),
    "the firewall is closed": (well(visits=answers(522)), "vps", "firewall"),
    "the firewall is closed, and visitors reach the VPS directly": (
        direct(Visit(addresses=(ADDRESS,), health=SILENT)),
        "vps",
        "firewall",
    ),
    "the record is deleted": (
        well(zone=zone(None), visits={"asr": Visit(dns_error="missing")}),
        "dns",
        "record-missing",
    ),
    "the record is deleted, and nobody can ask Cloudflare": (
        well(zone=None, visits={"asr": Visit(dns_error="missing")}),
        "dns",
        "record-missing",
    ),
    "the record is made by hand and missing": (
        well(
            zone=None,
            operations=operations(mode="direct", dns="manual"),
            visits={"asr": Visit(dns_error="missing")},
        ),
        "dns",
        "record-missing",
    ),
    "the record is there and the resolver does not know it yet": (
        well(visits={"asr": Visit(dns_error="missing")}),
        "dns",
        "not-propagated",
    ),
    "the record points elsewhere": (
        well(zone=zone(ELSEWHERE), visits=answers(522)),
        "dns",
        "record-elsewhere",
    ),
    "the record points elsewhere, and visitors go there": (
        well(
            zone=None,
            operations=operations(mode="direct"),
            visits={"asr": Visit(addresses=("198.51.100.99",), health=SILENT)},
        ),
        "dns",
        "record-elsewhere",
    ),
    "the proxied flag is off": (
        well(
            zone=zone(Record(content=ADDRESS, proxied=False)),
            visits={"asr": Visit(addresses=(ADDRESS,), health=REFUSED)},
        ),
        "dns",
        "not-proxied",
    ),
    "the proxied flag is off, and nobody can ask Cloudflare": (
        well(zone=None, visits={"asr": Visit(addresses=(ADDRESS,), health=REFUSED)}),
        "dns",
        "not-proxied",
    ),
    "the proxied flag is on where visitors shall reach the VPS": (
        well(
            operations=operations(mode="direct"),
            zone=zone(Record(content=ADDRESS, proxied=True), None),
        ),
        "dns",
        "proxied",
    ),
    "the SSL mode is another": (
        well(zone=zone(Record(content=ADDRESS, proxied=True), "strict"), visits=answers(521)),
        "edge",
        "ssl-mode",
    ),
    "the rule of the SSL mode is gone": (
        well(zone=zone(Record(content=ADDRESS, proxied=True), None), visits=answers(525)),
        "edge",
        "ssl-mode",
    ),
    "the edge is silent": (
        well(visits={"asr": Visit(addresses=(EDGE,), health=SILENT)}),
        "edge",
        "edge-silent",
    ),
    "the edge does not find the VPS's name": (well(visits=answers(530)), "edge", "edge-lost"),
    "the certificate on the VPS is expired": (
        well(
            operations=operations(mode="strict"),
            zone=zone(Record(content=ADDRESS, proxied=True), "strict"),
            visits=answers(526),
            vps=there(certificates={TLS_PEM: NOW - DAY}),
        ),
        "tls",
        "certificate-expired",
    ),
    "the edge dislikes the certificate": (
        well(
            operations=operations(mode="strict"),
            zone=zone(Record(content=ADDRESS, proxied=True), "strict"),
            visits=answers(526),
            vps=DEAD,
        ),
        "tls",
        "certificate",
    ),
    "a visitor is shown an expired certificate": (
        direct(Visit(addresses=(ADDRESS,), health=SPOILED)),
        "tls",
        "certificate-expired",
    ),
    "a visitor's handshake fails": (
        direct(Visit(addresses=(ADDRESS,), health=replace(SPOILED, error="tls"))),
        "tls",
        "handshake",
    ),
    "the line is down": (
        well(visits={"asr": NOTHING}, vps=DEAD, zone=None, outside=False),
        "wsl",
        "line-down",
    ),
    "the line loses packets": (well(loss=0.03), "wsl", "loss"),
    "the clock of the VPS is off": (well(vps=Seen(facts=vps(), ahead=-4000.0)), "vps", "clock"),
    "the clock of the VPS is off, without an edge to compare": (
        direct(REACHED, vps=Seen(facts=vps(), ahead=4000.0)),
        "vps",
        "clock",
    ),
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
    "the disk of the VPS is full": (well(vps=there(disks=(FULL,))), "vps", "disk-full"),
    "the disk of the VPS has no inodes left": (
        well(vps=there(disks=(NO_INODES,))),
        "vps",
        "disk-full",
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


@pytest.mark.parametrize(
    ("reason", "verdict"), [("sudo", "unknown"), ("python", "unknown"), ("failed", "unknown")]
)
def test_a_vps_that_cannot_be_asked_is_unknown_and_not_broken(reason: str, verdict: str) -> None:
    facts = well(vps=Unreached(reason=reason, words="words"))

    assert hop(facts, "vps").verdict == verdict
    assert path_of(facts).serves is True
    assert path_of(facts).blamed is None


def test_a_vps_that_was_installed_anew_is_replaced_for_a_refresh_sees_the_same_machine() -> None:
    facts = well(vps=Unreached(reason="host-key", words="Host key verification failed."))
    remedy = hop(facts, "vps").remedy

    assert "before you know why" in remedy
    assert remedy.endswith(
        """pulumi up --replace "$(pulumi stack --show-urns | grep -o 'urn:.*vps-server.*')\""""
    )
    assert "--refresh" not in remedy


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


def test_a_self_signed_certificate_may_be_old_for_the_edge_does_not_look() -> None:
    facts = well(
        operations=operations(mode="full"),
        zone=zone(Record(content=ADDRESS, proxied=True), "full"),
        vps=there(certificates={TLS_PEM: NOW - DAY}),
    )

    assert hop(facts, "tls").verdict == "ok"


def test_latencies_are_those_of_each_hop_alone() -> None:
    facts = well(wsl=here(states={}))

    assert hop(facts, "edge").latency_ms == 10.0
    assert hop(facts, "tls").latency_ms == 20.0
    assert hop(facts, "wsl").latency_ms == 11.0
    assert hop(facts, "service").latency_ms == pytest.approx(1.1)
    assert hop(facts, "balancer").latency_ms == 0.0
    assert hop(facts, "tunnel").latency_ms == 0.0
    assert KEY not in repr(path_of(facts))


def test_the_streams_of_a_stuck_service_do_not_hide_a_good_one() -> None:
    web = {**wsl().web, "asr 0 stream": replace(LOCAL_STREAM, failed="pong", error="silent")}
    facts = well(wsl=here(web=web))

    assert hop(facts, "service").verdict == "ok"


WAITING = Exchange(failed="answer", error="silent", words="timed out", connect_ms=10.0, tls_ms=9.0)
KEPT_WAITING = {"asr": Visit(addresses=(EDGE,), dns_ms=5.0, health=WAITING, stream=WAITING)}


def test_an_edge_that_keeps_a_visitor_waiting_stands_before_a_closed_firewall() -> None:
    blamed = path_of(well(visits=KEPT_WAITING)).blamed

    assert blamed is not None
    assert (blamed.name, blamed.cause) == ("vps", "firewall")
    assert hop(well(visits=KEPT_WAITING), "edge").verdict == "ok"


def test_a_visitor_who_is_kept_waiting_by_a_stuck_tunnel_finds_no_firewall() -> None:
    stuck = there(web={"asr health": SILENT, "asr stream": SILENT})
    blamed = path_of(well(visits=KEPT_WAITING, vps=stuck)).blamed

    assert blamed is not None
    assert (blamed.name, blamed.cause) == ("tunnel", "tunnel-stuck")


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


ASKED = {"asr": Visit(addresses=(EDGE,), health=HEALTHY, stream=answers(401)["asr"].stream)}
KEYED = operations(services=[{**operations().services[0].model_dump(), "keyed": True}])


def test_nginx_that_refuses_the_stacks_own_key_is_blamed_for_it() -> None:
    path = path_of(well(operations=KEYED, visits=ASKED))

    assert path.serves is False
    assert path.blamed is not None
    assert (path.blamed.name, path.blamed.cause) == ("nginx", "keys-lost")


def test_a_key_that_is_refused_does_not_hide_a_service_that_is_stopped() -> None:
    facts = well(
        operations=KEYED, visits=ASKED, vps=there(web=DEAD_END), wsl=here(web=REFUSED_AT_HOME)
    )

    assert (path_of(facts).blamed or hop(facts, "dns")).cause == "service-stopped"
    assert path_of(facts).serves is False


def test_a_key_that_is_asked_for_where_the_service_has_none_is_a_fault() -> None:
    assert (path_of(well(visits=ASKED)).blamed or hop(well(), "dns")).cause == "nginx-refuses"


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
