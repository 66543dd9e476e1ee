"""Configurations that try to break out of the files they are written to."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.unit.settings_support import EXISTING, HCLOUD

MARK = "hostile_mark"
"""What every injected directive holds: it may stand in a file as a value's part alone."""

INJECTIONS = [
    *("\n", "\r\n", "\0", "\t", " ", ";", "{", "}", "'", '"', "\\", "#", "$", "`", "%", "&", "|"),
    f"; {MARK} on;",
    f"%; {MARK} on;",
    f"\n{MARK}=yes\n",
    f'"; }} server {{ {MARK} on; }} #',
    f"$({MARK})",
    f"`{MARK}`",
    f"${{{MARK}}}",
    f"'; {MARK}; '",
    f"\nExecStartPre={MARK}\n",
    f"\nProxyCommand {MARK}\n",
    f"\nMatch all\n{MARK} yes\n",
    f"{{{{ {MARK} }}}}",
    *("%n", "%h", "%%", "$host", "${host}", "~", "*", "../..", "\u2028", "\u0085", "é", "\u202e"),
]
_SERVICES: list[dict[str, Any]] = [
    {
        "name": "asr",
        "hostname": "asr.gonova.one",
        "stream_path": "/v1/stream/asr",
        "health_path": "/health",
        "metrics_path": "/metrics",
        "metrics_allow": ["198.51.100.0/24"],
        "port": 8080,
        "upstreams": ["127.0.0.1:8001", "wsl-2.lan:8011"],
        "stream_timeout": "2h",
        "api_keys": {"alice": "alice-0123456789abcdefABCDEF-key"},
        "canary": {"send": "ping", "expect": "pong"},
    },
    {"name": "tts", "port": 8081, "metrics_path": "/m", "upstreams": ["[::1]:8002"]},
]
_WHOLE: dict[str, Any] = {
    "services": _SERVICES,
    "edge": {
        "mode": "direct",
        "zone": "gonova.one",
        "hsts": True,
        "acme": {"directory": "https://acme.example.org/dir", "email": "me@gonova.one"},
    },
    "tunnel": {"unit": "vps-tunnel", "account": "tunnel"},
    "proxy": {"stream_timeout": 3600, "connect_timeout": "30s"},
    "limits": {"requests_per_second": 50, "connections": 100},
    "load_balancer": {"enabled": True, "port": 8888},
    "watch": {
        "interval": 30,
        "metrics_port": 9180,
        "metrics_allow": ["2001:db8::/64", "192.0.2.10"],
    },
    "alerts": {"webhook": "https://hooks.example.org/T0/B0", "ntfy": "https://ntfy.sh/topic"},
}
_CLOSED = {"ssh_allow": ["198.51.100.0/24"], "reboot_window": "03:30"}
RENTED: dict[str, Any] = {**_WHOLE, "server": {**HCLOUD, **_CLOSED, "admin": "admin"}}
OWN: dict[str, Any] = {**_WHOLE, "server": {**EXISTING, **_CLOSED, "harden": True}}

_CHOICES = {"mode", "provider", "stream_timeout", "connect_timeout", "host_key", "zone"}
Place = tuple[str | int, ...]


def texts(value: Any, place: Place = ()) -> Iterator[Place]:
    """Where the texts of a configuration are."""
    if isinstance(value, str):
        yield place
    elif isinstance(value, dict | list):
        children = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in children:
            yield from texts(child, (*place, key))


def put(config: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """The configuration with another value at a place."""
    changed = copy.deepcopy(config)
    inner: Any = changed
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    return changed


@st.composite
def hostile_text(draw: st.DrawFn, base: str) -> str:
    """A good text with something in it that does not belong there."""
    at = draw(st.integers(0, len(base)))
    # Mostly what may pass: a text that is refused says nothing of the files.
    passing = st.text("abz019-", min_size=1, max_size=3) | st.text("az0-._~/:@+A %", max_size=3)
    hostile = st.sampled_from(INJECTIONS) | st.text(min_size=1, max_size=4)
    extra = draw(st.one_of(passing, passing, passing, hostile))
    return base[:at] + extra + base[at:]


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    """A good configuration with hostile texts in one to three places."""
    config: dict[str, Any] = draw(st.sampled_from([RENTED, OWN]))
    # The others are one of a few words, or a number.
    free = [place for place in texts(config) if place[-1] not in _CHOICES]
    for place in draw(st.lists(st.sampled_from(free), min_size=1, max_size=2)):
        current: Any = config
        for part in place:
            current = current[part]
        config = put(config, place, draw(hostile_text(current)))
    return config


def json_values() -> st.SearchStrategy[Any]:
    """Anything that a configuration file can hold."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-(2**70), 2**70)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.sampled_from(INJECTIONS)
        | st.text(max_size=20)
    )
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=8,
    )


@st.composite
def misshapen(draw: st.DrawFn) -> dict[str, Any]:
    """A good configuration with anything at all in the place of a part of it."""
    config = draw(st.sampled_from([RENTED, OWN]))
    places = [place[:depth] for place in texts(config) for depth in range(1, len(place) + 1)]
    return put(config, draw(st.sampled_from(places)), draw(json_values()))


def encoded(config: dict[str, Any]) -> dict[str, str]:
    """The sections as the engine hands them over."""
    return {key: json.dumps(value) for key, value in config.items()}
