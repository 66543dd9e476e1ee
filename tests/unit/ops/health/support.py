"""A stack in which all is well, as facts; tests change one thing of it."""

from dataclasses import replace
from typing import Any

from ops.health.facts import Disk, Facts, HostFacts, Listener, Peer, Record, Seen, Unit, Visit, Zone
from ops.health.judging import judge
from ops.health.model import Hop, Path
from ops.operations import Operations
from ops.remote.web import Exchange
from ops.sending import Unreached

NOW = 1_800_000_000.0
DAY = 86400.0
ADDRESS = "203.0.113.16"
EDGE = "198.51.100.10"
KEY = "a" * 64
RUNS = Unit(known=True, active="active", sub="running", since=NOW - 600)
STOPPED = Unit(known=True, active="inactive", sub="dead", since=NOW - 60)
HEALTHY = Exchange(
    status=200,
    connect_ms=10.0,
    tls_ms=20.0,
    answer_ms=30.0,
    date=NOW,
    certificate_end=NOW + 90 * DAY,
)
STREAM = replace(HEALTHY, status=101, pong_ms=21.0)
LOCAL = Exchange(status=200, connect_ms=0.1, answer_ms=1.0)
LOCAL_STREAM = Exchange(status=101, connect_ms=0.1, answer_ms=1.0, pong_ms=0.2)
REFUSED = Exchange(failed="connect", error="refused", words="Connection refused")
SILENT = Exchange(failed="connect", error="silent", words="timed out")
CLOSED = Exchange(failed="answer", error="closed", words="closed without an answer")
ROOMY = Disk(place="/", size=20_000_000_000, free=10_000_000_000, files=1000, left=900)
FULL = Disk(place="/", size=1_000_000, free=1000, files=1000, left=900)
DEAD = Unreached(reason="silent", words="ssh: connect to host 203.0.113.16 port 22: timed out")
REFUSED_LOGIN = Unreached(
    reason="denied", words="admin@203.0.113.16: Permission denied (publickey)."
)
NOTHING = Visit(dns_error="silent")
DOWN = {"connections": [{"slot": 0, "state": "down"}], "written": NOW}
DEAD_END = {"asr health": CLOSED, "asr stream": CLOSED}
REFUSED_AT_HOME = {"asr 0 health": REFUSED, "asr 0 stream": REFUSED, "asr balancer": LOCAL}


def operations(**changed: Any) -> Operations:
    """The lab's stack with one service."""
    service = {
        "name": "asr",
        "hostname": "asr.gonova.one",
        "stream_path": "/v1/stream/asr",
        "health_path": "/health",
        "port": 8080,
        "upstreams": ["127.0.0.1:8001"],
        "balancer_port": 18080,
    }
    plain = {
        "owner": "vps-reverse-proxy/dev",
        "slug": "dev",
        "mode": "flexible",
        "zone": "gonova.one",
        "dns": "cloudflare",
        "ssl_scope": "hostnames",
        "unit": "vps-tunnel",
        "account": "tunnel",
        "balancer_port": 80,
        "services": [service],
        "address": ADDRESS,
        "ssh_port": 22,
    }
    return Operations.model_validate({**plain, **changed})


def vps(**changed: Any) -> HostFacts:
    """What a VPS tells on which all is well."""
    ports = (
        Listener(protocol="tcp", address="0.0.0.0", port=port, program=program)
        for port, program in ((22, "sshd"), (80, "nginx"), (443, "nginx"), (8080, "nginx"))
    )
    fields: dict[str, Any] = {
        "now": NOW,
        "uptime": 3600.0,
        "units": {"nginx.service": RUNS, "ssh.service": RUNS},
        "listeners": tuple(ports),
        "disks": (ROOMY,),
        "web": {"asr health": LOCAL, "asr stream": LOCAL_STREAM},
        "keys": {"/home/tunnel/.ssh/authorized_keys": (KEY,)},
        "accounts": {"tunnel": 3},
    }
    return HostFacts(**{**fields, **changed})


def wsl(**changed: Any) -> HostFacts:
    """What a WSL host tells on which all is well."""
    connections = [{"slot": 0, "state": "up", "round_trip": 0.012, "reconnects": 0}]
    fields: dict[str, Any] = {
        "now": NOW,
        "uptime": 3600.0,
        "units": {"vps-tunnel.service": RUNS, "nginx.service": RUNS},
        "disks": (ROOMY,),
        "web": {"asr 0 health": LOCAL, "asr 0 stream": LOCAL_STREAM, "asr balancer": LOCAL},
        "keys": {"/var/lib/vps-tunnel/id_ed25519.pub": (KEY,)},
        "states": {"/run/vps-tunnel/state.json": {"written": NOW, "connections": connections}},
        "moved": {ADDRESS: Peer(sent=100, again=0, rtt_ms=11.0)},
    }
    return HostFacts(**{**fields, **changed})


def there(**changed: Any) -> Seen:
    """A VPS on which all is well but this, with its clock right."""
    return Seen(facts=vps(**changed), ahead=0.0)


def here(**changed: Any) -> Seen:
    """A WSL host on which all is well but this."""
    return Seen(facts=wsl(**changed))


def well(**changed: Any) -> Facts:
    """All is well, but for what is given."""
    found: dict[str, Any] = {
        "operations": operations(),
        "begun": NOW,
        "now": NOW,
        "visits": {"asr": Visit(addresses=(EDGE,), dns_ms=5.0, health=HEALTHY, stream=STREAM)},
        "vps": there(),
        "wsl": here(),
        "zone": Zone(
            records={"asr.gonova.one": Record(content=ADDRESS, proxied=True)}, ssl_mode="flexible"
        ),
        "outside": True,
    }
    return Facts(**{**found, **changed})


def answers(status: int) -> dict[str, Visit]:
    """The public name answers with an HTTP status, and opens no WebSocket."""
    asked = replace(HEALTHY, status=status)
    refused = replace(asked, failed="upgrade", error="status", words=f"HTTP {status}")
    return {"asr": Visit(addresses=(EDGE,), dns_ms=5.0, health=asked, stream=refused)}


def path_of(facts: Facts) -> Path:
    """The one service's path."""
    (path,) = judge(facts)
    return path


def hop(facts: Facts, name: str) -> Hop:
    """One hop of it."""
    return next(one for one in path_of(facts).hops if one.name == name)
