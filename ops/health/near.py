"""Judges of the hops on this side: the WSL host, the tunnel, load balancer and service."""

from typing import Any

from ops.health.model import Hop, broken
from ops.health.requests import authorized_keys, public_key, state_file
from ops.health.situation import CLOCK_SECONDS, Situation, total_ms, words
from ops.remedies import MAKE_ROOM
from ops.sending import Unreached

LOSS = 0.01
"""More than one packet in a hundred lost is heard in speech."""
NOBODY = {"refused", "closed", "silent", "unreachable"}
FROZEN_SECONDS = 10.0
"""The tunnel writes its state every second or so; an older one is of a tunnel that hangs."""


def judge_wsl(at: Situation) -> Hop:
    """This machine: its line to the internet, its clock, its disk."""
    if at.facts.outside is False and not at.past_edge and at.unreached is not None:
        evidence = "neither a name server nor the VPS nor Cloudflare answers"
        remedy = "ip route; ping 1.1.1.1; is the router on? In Windows: wsl.exe --shutdown"
        return broken("wsl", "line-down", evidence, remedy)
    edge, vps = at.edge_ahead, at.ahead
    if (
        edge is not None
        and abs(edge) > CLOCK_SECONDS
        and (vps is None or abs(vps - edge) < abs(edge) / 2)
    ):
        evidence = (
            f"this machine's clock is {abs(edge):.0f} s {'behind' if edge > 0 else 'ahead of'}"
        )
        remedy = "sudo hwclock --hctosys; in Windows: wsl.exe --shutdown"
        return broken("wsl", "clock", f"{evidence} Cloudflare's", remedy)
    full = [disk for disk in at.wsl.disks if disk.full] if at.wsl else []
    if full:
        told = ", ".join(f"{disk.place}: {disk.free / 1e6:.0f} MB free" for disk in full)
        return broken("wsl", "disk-full", told, MAKE_ROOM)
    if isinstance(at.facts.wsl, Unreached) and at.facts.wsl.reason == "elsewhere":
        return Hop(name="wsl", verdict="unknown", evidence=at.facts.wsl.words)
    rtt = at.round_trip_ms
    if at.facts.loss is not None and at.facts.loss > LOSS:
        evidence = f"{at.facts.loss:.1%} of the packets between here and the VPS are lost"
        remedy = "a cable in the place of wireless; who else fills the line? bin/ops latency"
        return Hop(
            name="wsl",
            verdict="broken",
            cause="loss",
            latency_ms=rtt,
            evidence=evidence,
            remedy=remedy,
        )
    told = "the internet answers" if at.facts.outside else "not asked"
    return Hop(name="wsl", verdict="ok", latency_ms=rtt, evidence=told)


def judge_service(at: Situation) -> Hop:
    """The service itself, asked without anything between."""
    health, streams = at.direct("health"), at.direct("stream")
    if at.answers_wrong:
        sent = at.service.canary.send
        evidence = f"{at.service.stream_path} opens; told {sent!r}: {at.answers_wrong}"
        return broken("service", "wrong-answer", evidence, "look at the service's own log")
    if not health:
        if at.flows:
            return Hop(name="service", verdict="ok", evidence="it answers through the public name")
        return Hop(name="service", verdict="unknown", evidence="this machine told nothing")
    places = ", ".join(at.service.upstreams)
    good = [one for one in health if one.well]
    start = f"start it; then: curl http://{at.service.upstreams[0]}{at.service.health_path}"
    if not good:
        if all(one.failed == "connect" for one in health):
            evidence = f"nobody listens at {places}"
            return broken("service", "service-stopped", evidence, start)
        evidence = f"{places}: the health check {words(health[0])}"
        return broken("service", "service-unwell", evidence, "look at the service's own log")
    if streams and not any(one.well for one in streams) and not at.flows:
        evidence = f"{places}: {at.service.stream_path} {words(streams[0])}"
        return broken("service", "service-refuses", evidence, "look at the service's own log")
    evidence = f"{len(good)} of {len(health)} upstreams answer: {places}"
    return Hop(name="service", verdict="ok", latency_ms=total_ms(good[0]), evidence=evidence)


def judge_balancer(at: Situation) -> Hop:
    """Whether nginx on the WSL host runs, and reaches the service."""
    unit = at.unit_here("nginx.service")
    restart = "sudo systemctl restart nginx"
    if unit is not None and not unit.runs:
        evidence = f"nginx.service on this machine is {unit.active} ({unit.sub})"
        return broken("balancer", "balancer-stopped", evidence, restart, unit.since)
    asked = at.wsl.web.get(f"{at.service.name} balancer") if at.wsl else None
    if asked is None:
        return Hop(name="balancer", verdict="unknown", evidence="this machine told nothing")
    if not asked.well and not at.is_broken("service"):
        evidence = f"127.0.0.1:{at.service.balancer_port} {words(asked)}, the service answers"
        return broken("balancer", "balancer-fails", evidence, f"sudo nginx -t; {restart}")
    since = unit.since if unit else None
    direct = [total_ms(one) for one in at.direct("health") if one.well]
    added = _added(total_ms(asked), direct[0] if direct else None)
    evidence = f"127.0.0.1:{at.service.balancer_port} {words(asked)}"
    return Hop(name="balancer", verdict="ok", latency_ms=added, since=since, evidence=evidence)


def judge_tunnel(at: Situation) -> Hop:
    """Whether the ssh tunnel from the WSL host to the VPS carries requests."""
    name = f"{at.operations.unit}.service"
    unit = at.unit_here(name)
    if unit is not None and not unit.runs and unit.sub != "auto-restart":
        evidence = f"{name} on this machine is {unit.active} ({unit.sub})"
        return broken("tunnel", "tunnel-stopped", evidence, "bin/ops restart tunnel", unit.since)
    if at.offline:
        return Hop(name="tunnel", verdict="unknown", evidence="it has no line to go over")
    refused = _key_refused(at)
    if refused:
        return refused
    if at.is_broken("vps") and at.unreached is not None and not at.flows:
        return Hop(name="tunnel", verdict="unknown", evidence="the VPS does not answer")
    connections = _connections(at)
    up = [one for one in connections if one.get("state") == "up"]
    inside = at.through_tunnel("stream")
    if at.flows or (inside is not None and inside.well):
        return _well(at, connections, up)
    if connections and not up:
        evidence = f"none of its {len(connections)} connections is up{_last_words(at)}"
        return broken("tunnel", "tunnel-down", evidence, "bin/ops restart tunnel")
    if at.vps is not None and at.vps.accounts.get(at.operations.account) == 0:
        evidence = f"the account {at.operations.account} holds no connection on the VPS"
        return broken("tunnel", "tunnel-down", evidence + _last_words(at), "bin/ops restart tunnel")
    if inside is None:
        return Hop(name="tunnel", verdict="unknown", evidence="the VPS told nothing")
    if at.is_broken("service", "balancer"):
        return Hop(name="tunnel", verdict="unknown", evidence="nothing at its near end answers")
    evidence = f"on the VPS 127.0.0.1:{at.service.port} {words(inside)}, the service answers here"
    return broken("tunnel", "tunnel-stuck", evidence, "bin/ops restart tunnel")


def _well(at: Situation, connections: list[dict[str, Any]], up: list[dict[str, Any]]) -> Hop:
    unit = at.unit_here(f"{at.operations.unit}.service")
    far = total_ms(at.through_tunnel("health"))
    direct = [total_ms(one) for one in at.direct("health") if one.well]
    trips = [one["round_trip"] * 1000 for one in up if one.get("round_trip")]
    counted = f"{len(up)} of {len(connections)} connections up" if connections else "bytes flow"
    again = sum(one.get("reconnects") or 0 for one in connections)
    return Hop(
        name="tunnel",
        verdict="ok",
        latency_ms=min(trips) if trips else _added(far, direct[0] if direct else None),
        since=unit.since if unit else None,
        evidence=f"{counted}, {again} times connected anew" if again else counted,
    )


def _key_refused(at: Situation) -> Hop | None:
    ours = at.wsl.keys.get(public_key(at.operations)) if at.wsl else None
    theirs = at.vps.keys.get(authorized_keys(at.operations), ()) if at.vps else None
    mend = (
        "pulumi up --replace "
        "\"$(pulumi stack --show-urns | grep -o 'urn:.*tunnel-user-account.*')\""
    )
    if ours and at.vps is not None and not {*ours} & {*(theirs or ())}:
        evidence = "the VPS no longer has the tunnel's public key"
        return broken("tunnel", "key-revoked", evidence, mend)
    # Where nobody can log in at all, its log is about another day's trouble.
    nobody = at.unreached is not None and at.unreached.reason in NOBODY
    if at.vps is None and not nobody and not at.flows and "Permission denied" in _journal(at):
        return broken("tunnel", "key-revoked", "the VPS refuses the tunnel's key", mend)
    return None


def _connections(at: Situation) -> list[dict[str, Any]]:
    state = at.wsl.states.get(state_file(at.operations)) if at.wsl else None
    if not isinstance(state, dict):
        return []
    found: list[dict[str, Any]] = state.get("connections") or []
    written = state.get("written")
    if isinstance(written, int | float) and at.wsl and at.wsl.now - written > FROZEN_SECONDS:
        return [{**one, "state": "stuck"} for one in found]
    return found


def _journal(at: Situation) -> str:
    lines = at.wsl.journals.get(f"{at.operations.unit}.service", ()) if at.wsl else ()
    return "\n".join(lines)


def _last_words(at: Situation) -> str:
    last = _journal(at).strip().rpartition("\n")[2]
    return f"; its log: {last}" if last else ""


def _added(whole: float | None, part: float | None) -> float | None:
    return None if whole is None or part is None else max(0.0, whole - part)
