"""Each fault beyond this machine is told by its hop and cause, and what is no fault is not."""

from dataclasses import replace

import pytest

from ops.health.facts import Disk, Facts, Record, Seen, Visit, Zone
from ops.remote.web import Exchange
from ops.sending import Unreached
from tests.unit.ops.health.support import (
    ADDRESS,
    DAY,
    DEAD,
    DEAD_END,
    DOWN,
    EDGE,
    FULL,
    HEALTHY,
    NOW,
    REFUSED,
    REFUSED_AT_HOME,
    REFUSED_LOGIN,
    SILENT,
    STOPPED,
    answers,
    here,
    hop,
    operations,
    path_of,
    there,
    vps,
    well,
)

TLS_PEM = "/var/lib/vps-reverse-proxy/tls-dev/tls.pem"
NO_INODES = Disk(place="/var", size=1_000_000, free=900_000, files=1000, left=1)
SPOILED = Exchange(failed="tls", error="certificate-expired", words="certificate has expired")
ELSEWHERE = Record(content="198.51.100.99", proxied=True)
REACHED = Visit(
    addresses=(ADDRESS,), health=HEALTHY, stream=replace(HEALTHY, status=101, pong_ms=9)
)


def zone(record: Record | None, ssl_mode: str | None = "flexible") -> Zone:
    return Zone(records={"asr.gonova.one": record} if record else {}, ssl_mode=ssl_mode)


def direct(visit: Visit, **changed: object) -> Facts:
    """A stack in mode direct, with a certificate on the VPS."""
    return well(
        operations=operations(mode="direct"),
        visits={"asr": visit},
        zone=zone(Record(content=ADDRESS, proxied=False), None),
        **changed,
    )


CASES: dict[str, tuple[Facts, str, str]] = {
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
    "the clock of the VPS is off": (well(vps=Seen(facts=vps(), ahead=-4000.0)), "vps", "clock"),
    "the clock of the VPS is off, without an edge to compare": (
        direct(REACHED, vps=Seen(facts=vps(), ahead=4000.0)),
        "vps",
        "clock",
    ),
    "the disk of the VPS is full": (well(vps=there(disks=(FULL,))), "vps", "disk-full"),
    "the disk of the VPS has no inodes left": (
        well(vps=there(disks=(NO_INODES,))),
        "vps",
        "disk-full",
    ),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.replace(" ", "-"))
def test_each_fault_is_named_with_hop_cause_evidence_and_remedy(case: str) -> None:
    facts, name, cause = CASES[case]
    blamed = path_of(facts).blamed

    assert blamed is not None
    assert (blamed.name, blamed.cause) == (name, cause)
    assert blamed.evidence
    assert blamed.remedy


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


def test_a_self_signed_certificate_may_be_old_for_the_edge_does_not_look() -> None:
    facts = well(
        operations=operations(mode="full"),
        zone=zone(Record(content=ADDRESS, proxied=True), "full"),
        vps=there(certificates={TLS_PEM: NOW - DAY}),
    )

    assert hop(facts, "tls").verdict == "ok"


WAITING = Exchange(failed="answer", error="silent", words="timed out", connect_ms=10.0, tls_ms=9.0)
KEPT_WAITING = {"asr": Visit(addresses=(EDGE,), dns_ms=5.0, health=WAITING, stream=WAITING)}


@pytest.mark.parametrize(
    ("facts", "port"),
    [
        (well(visits=answers(522)), 80),
        (direct(Visit(addresses=(ADDRESS,), health=SILENT)), 443),
    ],
)
def test_a_firewall_that_is_the_owners_is_opened_by_its_owner(facts: Facts, port: int) -> None:
    blamed = path_of(facts).blamed

    assert blamed is not None
    assert blamed.remedy == (
        f"pulumi up --refresh; on a machine of your own open port {port}:"
        " bin/ops ssh -- sudo ufw status verbose"
    )


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
