"""What one round found, as the status file, as metrics, and as faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .canary import Visit
from .config import Config
from .history import History
from .incidents import Fault, Incident
from .metrics import Metric, Sample, one
from .tunnel import Tunnel

_DAY = 24 * 3600.0
_NGINX = {"accepts": "counter", "handled": "counter", "requests": "counter"}  # else gauge


@dataclass(frozen=True)
class Findings:
    """One round.

    Attributes:
        certificate_expires: Of what this machine shows on port 443 (unix seconds).
        nginx: Its own figures.
    """

    time: float
    visits: Sequence[Visit]
    tunnel: Tunnel
    certificate_expires: float | None
    nginx: dict[str, int] | None

    @property
    def expiries(self) -> dict[str, float]:
        """Every certificate's end, by who shows it: "vps" or a service's name."""
        ends = {visit.service: visit.certificate_expires for visit in self.visits}
        return {
            who: when
            for who, when in {"vps": self.certificate_expires, **ends}.items()
            if when is not None
        }


def faults(config: Config, found: Findings, told: Sequence[Incident] = ()) -> list[Fault]:
    """What is wrong. A service behind a tunnel that is down is the tunnel's fault alone.

    Args:
        config: What counts as wrong.
        found: This round.
        told: What is open; it stays so where this round cannot see whether it is over.
    """
    wrong: list[Fault] = []
    open_ = {incident.key: incident.text for incident in told}
    tunnel = found.tunnel
    if not tunnel.up:
        wrong.append(Fault("tunnel", "no connection of the tunnel is up", config.patience))
        # Whoever just began to look has not seen it be away for long, unless it was told before.
        absent = tunnel.seen if "wsl-host" in open_ else max(tunnel.seen, tunnel.began)
        if found.time - absent >= config.quiet:
            text = "nothing of the WSL host reaches the VPS: it is off, asleep or without network"
            wrong.append(Fault("wsl-host", text, 0))
    for visit in found.visits:
        key = f"service:{visit.service}"
        if visit.ok:
            continue
        if tunnel.up:
            text = f"{visit.url} does not answer as it should ({visit.stage}: {visit.detail})"
            wrong.append(Fault(key, text, config.patience))
        elif key in open_:
            wrong.append(Fault(key, open_[key], config.patience))
    return wrong + _certificate(config, found, open_.get("certificate"))


def _certificate(config: Config, found: Findings, open_: str | None) -> list[Fault]:
    ends = found.expiries
    days = dict.fromkeys(ends, config.certificate_days) | {"vps": config.vps_certificate_days}
    soon = {who: end for who, end in ends.items() if end - found.time < days[who] * _DAY}
    if soon:
        who = min(soon, key=lambda name: soon[name])
        left = soon[who] - found.time
        day = datetime.fromtimestamp(ends[who], timezone.utc).strftime("%Y-%m-%d")  # noqa: UP017 - Python 3.9
        shown = "the VPS" if who == "vps" else f"the name of {who}"
        text = f"the certificate that {shown} shows ends on {day}, in {left / _DAY:.0f} days"
        if who == "vps" and config.renewed_by_up:
            text += ": renew it with `pulumi up` on the WSL host"
        return [Fault("certificate", text, 0)]
    secured = {visit.service for visit in found.visits if visit.url.startswith("wss:")}
    expected = secured | ({"vps"} if config.tls_name else set())
    # One that has ended, or that nobody could look at, is no better than it was.
    return [Fault("certificate", open_, 0)] if open_ and expected - set(ends) else []


def status(
    config: Config, found: Findings, history: History, incidents: Sequence[Incident]
) -> dict[str, Any]:
    """The status file, as docs/watching.md describes it."""
    tunnel = found.tunnel
    return {
        "version": 1,
        "stack": config.stack,
        "time": found.time,
        "interval": config.interval,
        "services": {
            visit.service: {
                "url": visit.url,
                "ok": visit.ok,
                "stage": visit.stage,
                "detail": visit.detail,
                "since": history.since(visit.service),
                "checked": visit.checked,
                "address": visit.address,
                "ms": visit.ms,
                "total_ms": visit.total_ms,
                "certificate_expires": visit.certificate_expires,
                "day": history.day(visit.service, found.time),
            }
            for visit in found.visits
        },
        "tunnel": {
            "paths": tunnel.paths,
            "up": tunnel.up,
            "since": tunnel.since,
            "reconnects": tunnel.reconnects,
            "sessions": tunnel.sessions,
        },
        "certificate": {"expires": found.certificate_expires},
        "nginx": found.nginx,
        "incidents": [
            {"key": entry.key, "since": entry.since, "text": entry.text} for entry in incidents
        ],
    }


def metrics(found: Findings, incidents: Sequence[Incident]) -> list[Metric]:
    """The same as figures."""
    tunnel, ends = found.tunnel, found.expiries
    keys = ["tunnel", "wsl-host", "certificate", *(f"service:{v.service}" for v in found.visits)]
    told = {incident.key for incident in incidents}
    return [
        Metric(
            "canary_up",
            "gauge",
            "Whether the last visit through the public name went well.",
            tuple(Sample(visit.ok, {"service": visit.service}) for visit in found.visits),
        ),
        Metric(
            "canary_seconds",
            "gauge",
            "How long each stage of the last visit took.",
            tuple(
                Sample(ms / 1000, {"service": visit.service, "stage": stage})
                for visit in found.visits
                for stage, ms in visit.ms.items()
            ),
        ),
        one("canary_timestamp_seconds", "gauge", "When the last round was over.", found.time),
        Metric(
            "tunnel_path_up",
            "gauge",
            "Whether a connection of the tunnel answers.",
            tuple(Sample(is_up, {"path": slot}) for slot, is_up in tunnel.paths.items()),
        ),
        one("tunnel_reconnects_total", "counter", "Connections that came anew.", tunnel.reconnects),
        one("tunnel_sessions", "gauge", "Processes of sshd that hold the tunnel.", tunnel.sessions),
        one("tunnel_seen_timestamp_seconds", "gauge", "Last sign of the WSL host.", tunnel.seen),
        Metric(
            "certificate_served_expires_timestamp_seconds",
            "gauge",
            "When the certificate ends that the VPS, or the edge for a service, shows.",
            tuple(Sample(when, {"shown_by": who}) for who, when in ends.items()),
        ),
        Metric(
            "incident",
            "gauge",
            "Whether an incident is open.",
            tuple(Sample(key in told, {"incident": key}) for key in keys),
        ),
        one("nginx_up", "gauge", "Whether nginx tells its figures.", found.nginx is not None),
        *(
            one(
                f"nginx_{name}_total" if name in _NGINX else f"nginx_connections_{name}",
                _NGINX.get(name, "gauge"),
                f"nginx's own figure: {name}.",
                value,
            )
            for name, value in (found.nginx or {}).items()
        ),
    ]
