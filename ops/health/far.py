"""Judges of the hops beyond this machine: DNS, edge, TLS, the VPS and its nginx."""

import time

from ops.health.model import Hop, broken
from ops.health.situation import CLOCK_SECONDS, Situation, words
from ops.remedies import MAKE_ROOM, on_vps

DAY = 86400.0
REACHED = {520, 524, 525, 526}
"""What Cloudflare says when it reached the VPS and disliked the answer, or got none."""


def judge_dns(at: Situation) -> Hop:
    """Whether the name leads where it should: to the edge, or to the VPS itself."""
    host, operations = at.service.hostname, at.operations
    proxied = operations.answers.proxied
    addresses, latency = at.visit.addresses, at.visit.dns_ms
    seen = ", ".join(addresses) or f"the resolver here: {at.visit.dns_error}"
    put_back = "pulumi up --refresh"
    if at.facts.zone is not None:
        record = at.facts.zone.records.get(host)
        if record is None:
            evidence = f"Cloudflare has no A record {host}; {seen}"
            return broken("dns", "record-missing", evidence, put_back)
        if record.content != operations.address:
            evidence = f"{host} leads to {record.content}, and the VPS is {operations.address}"
            return broken("dns", "record-elsewhere", evidence, put_back)
        if record.proxied != proxied:
            evidence = f"the record {host} is {'proxied' if record.proxied else 'not proxied'}"
            return broken("dns", "proxied" if record.proxied else "not-proxied", evidence, put_back)
    if not addresses:
        if at.offline or at.visit.dns_error == "silent":
            return Hop(name="dns", verdict="unknown", evidence=f"no resolver answers here ({seen})")
        if at.facts.zone is not None:
            evidence = f"Cloudflare has the record {host}, the resolver here does not know it yet"
            remedy = f"wait some minutes, then: dig +short {host}"
            return broken("dns", "not-propagated", evidence, remedy)
        remedy = put_back if operations.dns == "cloudflare" else f"make the A record {host}"
        return broken("dns", "record-missing", f"{host} is not found", remedy)
    if proxied and operations.address in addresses:
        evidence = f"{host} leads to the VPS itself ({seen}), past Cloudflare"
        return broken("dns", "not-proxied", evidence, put_back)
    if not proxied and operations.address not in addresses:
        evidence = f"{host} leads to {seen}, and the VPS is {operations.address}"
        remedy = f"let the A record {host} be {operations.address}; resolvers take some minutes"
        return broken("dns", "record-elsewhere", evidence, remedy)
    return Hop(name="dns", verdict="ok", latency_ms=latency, evidence=f"{host}: {seen}")


def judge_edge(at: Situation) -> Hop:
    """Whether Cloudflare answers, and speaks to the VPS as the stack's mode wants it."""
    visit, wanted = at.visit.health, at.operations.answers.ssl_mode
    if at.facts.zone is not None and at.facts.zone.ssl_mode != wanted:
        told = at.facts.zone.ssl_mode or "no rule"
        evidence = f"Cloudflare's SSL mode for the stack's names is {told}, not {wanted}"
        return broken("edge", "ssl-mode", evidence, "pulumi up --refresh")
    if visit is None or at.offline:
        return Hop(name="edge", verdict="unknown", evidence="there was no way to ask it")
    if visit.failed == "connect":
        if at.is_broken("dns"):
            return Hop(name="edge", verdict="unknown", evidence="the name does not lead to it")
        evidence = f"{at.visit.addresses[0]} port 443: {words(visit)}"
        remedy = "https://www.cloudflarestatus.com"
        return broken("edge", "edge-silent", evidence, remedy)
    if at.status == 530 and not at.is_broken("dns"):  # noqa: PLR2004 # Cloudflare's "origin DNS error"
        return broken("edge", "edge-lost", "Cloudflare answers HTTP 530", "pulumi up --refresh")
    evidence = f"{at.visit.addresses[0]}: {words(visit)}"
    return Hop(name="edge", verdict="ok", latency_ms=visit.connect_ms, evidence=evidence)


def judge_tls(at: Situation) -> Hop:
    """Whether the certificates are good: the visitor's, and the VPS's own."""
    operations, visit = at.operations, at.visit.health
    ends = at.vps.certificates.get(operations.names.certificate) if at.vps else None
    renew = (
        on_vps(f"sudo systemctl start {operations.names.certificate_unit}.service")
        if operations.answers.certificate == "acme"
        else "pulumi up --refresh"
    )
    if ends is not None and ends < at.facts.now and operations.answers.certificate != "self-signed":
        evidence = f"the certificate on the VPS ended {_day(ends)}"
        return broken("tls", "certificate-expired", evidence, renew)
    if at.status in {525, 526} and not at.is_broken("edge"):
        evidence = f"Cloudflare answers HTTP {at.status}: it does not like the VPS's certificate"
        return broken("tls", "certificate", evidence, renew)
    if visit is None or visit.failed == "connect" or at.offline:
        return Hop(name="tls", verdict="unknown", evidence="no connection, no certificate")
    if visit.failed == "tls":
        cause = visit.error if visit.error.startswith("certificate") else "handshake"
        return broken("tls", cause, f"{at.service.hostname}: {words(visit)}", renew)
    all_ends = [moment for moment in (visit.certificate_end, ends) if moment]
    evidence = (
        f"good until {_day(min(all_ends))}, {(min(all_ends) - at.facts.now) / DAY:.0f} days"
        if all_ends
        else "the handshake succeeds"
    )
    return Hop(name="tls", verdict="ok", latency_ms=visit.tls_ms, evidence=evidence)


def judge_vps(at: Situation) -> Hop:
    """The machine: whether it is on, can be logged in to, has room and the right time."""
    if at.unreached is not None:
        return _unreached(at)
    assert at.vps is not None
    full = [disk for disk in at.vps.disks if disk.full]
    if full:
        told = ", ".join(f"{disk.place}: {disk.free / 1e6:.0f} MB free" for disk in full)
        return broken("vps", "disk-full", told, on_vps(MAKE_ROOM))
    ahead = at.ahead
    if ahead is not None and abs(ahead) > CLOCK_SECONDS and not at.blames("wsl", "clock"):
        evidence = f"its clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} ours"
        remedy = "bin/ops ssh -- sudo systemctl restart systemd-timesyncd"
        return broken("vps", "clock", evidence, remedy)
    inside = at.through_tunnel("health")
    if at.edge_lacks_vps and _nginx_listens(at) and inside is not None and inside.well:
        said = f"answers HTTP {at.status}" if at.status else "gets no answer from the VPS"
        evidence = f"Cloudflare {said}, and nginx listens there: a firewall is between them"
        return broken("vps", "firewall", evidence, _open_firewall(at))
    if (
        not at.operations.answers.proxied
        and at.visit.health is not None
        and at.visit.health.failed == "connect"
        and at.visit.health.error in {"silent", "unreachable"}
        and _nginx_listens(at)
        and not at.offline
    ):
        evidence = f"port {_web_port(at)} of {at.operations.address} does not answer, and nginx"
        return broken("vps", "firewall", f"{evidence} listens there", _open_firewall(at))
    return Hop(
        name="vps",
        verdict="ok",
        latency_ms=at.round_trip_ms,
        since=at.facts.now - at.vps.uptime,
        evidence=f"{at.operations.address}: on, and its sshd answers",
    )


def _unreached(at: Situation) -> Hop:
    assert at.unreached is not None
    address, reason = at.operations.address, at.unreached.reason
    told = f"ssh to {address}: {at.unreached.words}"
    console = "the provider's console: is the machine on? Then: pulumi up --refresh"
    if at.offline:
        return Hop(name="vps", verdict="unknown", evidence="this machine reaches nothing outside")
    match reason:
        case "host-key":
            remedy = (
                "do not go on before you know why: docs/troubleshooting.md; where the provider "
                'installed it anew: pulumi up --replace "$(pulumi stack --show-urns | '
                "grep -o 'urn:.*vps-server.*')\""
            )
            return broken("vps", "host-key", told, remedy)
        case "denied":
            return broken("vps", "login-refused", told, "pulumi up --refresh")
        case "refused" | "closed":
            remedy = "the provider's console: systemctl start ssh; or reboot it there"
            return broken("vps", "sshd-stopped", told, remedy)
        case "silent" | "unreachable" if at.past_edge or at.status in REACHED:
            return broken("vps", "ssh-blocked", told, "pulumi up --refresh")
        case "silent" | "unreachable":
            return broken("vps", "vps-silent", told, console)
        case _:
            return Hop(name="vps", verdict="unknown", evidence=told)


def judge_nginx(at: Situation) -> Hop:
    """Whether nginx on the VPS runs, listens, and passes requests on."""
    unit = at.unit_there("nginx.service")
    restart = "bin/ops restart nginx"
    if unit is not None and not unit.runs:
        evidence = f"nginx.service on the VPS is {unit.active} ({unit.sub})"
        return broken("nginx", "nginx-stopped", evidence, restart, unit.since)
    if at.vps is not None and unit is not None and not _nginx_listens(at):
        evidence = f"nginx on the VPS does not listen on port {_web_port(at)}"
        return broken("nginx", "nginx-deaf", evidence, restart, unit.since)
    if at.vps is None:
        if at.past_edge:
            return Hop(name="nginx", verdict="ok", evidence=f"it answers HTTP {at.status}")
        return Hop(name="nginx", verdict="unknown", evidence="the VPS told nothing")
    inside, outside = at.through_tunnel("stream"), at.visit.stream
    if (
        inside is not None
        and inside.well
        and outside is not None
        and not outside.well
        and not at.flows
        and at.past_edge
        and not at.is_broken("dns", "edge", "tls", "vps")
    ):
        if at.service.keyed and outside.status == 401:  # noqa: PLR2004 # unauthorized
            evidence = "nginx on the VPS takes no key, not even the stack's own for the canary"
            return broken("nginx", "keys-lost", evidence, "pulumi up")
        evidence = f"the service answers on the VPS, and {at.service.hostname} {words(outside)}"
        return broken("nginx", "nginx-refuses", evidence, "bin/ops logs nginx; pulumi up --refresh")
    evidence = at.vps.nginx_trouble.splitlines()[-1] if at.vps.nginx_trouble else "it runs"
    return Hop(name="nginx", verdict="ok", since=unit.since if unit else None, evidence=evidence)


def _web_port(at: Situation) -> int:
    return 80 if at.operations.answers.certificate == "none" else 443


def _open_firewall(at: Situation) -> str:
    """The stack's own firewalls are put right by pulumi; what else a machine has is its owner's."""
    look = on_vps("sudo ufw status verbose")
    return f"pulumi up --refresh; on a machine of your own open port {_web_port(at)}: {look}"


def _nginx_listens(at: Situation) -> bool:
    if at.vps is None or at.vps.listeners is None:
        return at.vps is not None
    port = _web_port(at)
    return any(one.port == port and one.program == "nginx" for one in at.vps.listeners)


def _day(moment: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment))
