"""The test hosts' place in the lab's network, and the process that holds the way to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab import cgroups
from lab.listening import wait_listening
from lab.namespaces import add, ip_batch, namespace, netns_file
from lab.paths import lab_dir
from lab.processes import python, saved, start_daemon, tail
from lab.test_hosts.world import NETWORK

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACE = "test-hosts"
CORE_DEVICE, HOSTS_DEVICE = "test-hosts", "way"
READY_SECONDS = 15.0
_CORE = "core"


def _build(lab: str) -> None:
    """Make the namespace and both ends of the way; `net.build` has made the core router."""
    inside = namespace(lab, NAMESPACE)
    add([inside])
    ip_batch(
        [
            f"tuntap add mode tun name {CORE_DEVICE}",
            f"link set {CORE_DEVICE} up",
            f"route add {NETWORK} dev {CORE_DEVICE}",
        ],
        inside=namespace(lab, _CORE),
    )
    ip_batch(
        [
            "link set lo up",
            f"tuntap add mode tun name {HOSTS_DEVICE}",
            f"link set {HOSTS_DEVICE} up",
            f"route add local {NETWORK} dev lo",  # every one of its addresses is this machine's
            f"route add default dev {HOSTS_DEVICE}",
        ],
        inside=inside,
    )


def start(lab: str) -> None:
    """Start the process that carries the packets and listens, on wires made at the first start."""
    if not netns_file(lab, NAMESPACE).exists():
        _build(lab)
    start_daemon(
        cgroups.of_daemons(lab),
        python("lab.test_hosts", "--lab", lab),
        log=_directory(lab) / "log",
        process_file=_directory(lab) / "process",
        netns=netns_file(lab, _CORE),
    )


def running(lab: str) -> bool:
    """Whether the process lives."""
    return saved(_directory(lab) / "process") is not None


def wait_ready(lab: str) -> None:
    """Wait until the test hosts listen. Raises NotReadyError with the end of the log."""
    process = saved(_directory(lab) / "process")
    wait_listening(
        process.pid if process else 0,
        [("tcp", 80), ("tcp", 443)],
        seconds=READY_SECONDS,
        what=f"the test hosts of lab {lab}",
        alive=lambda: running(lab),
        log=lambda: tail(_directory(lab) / "log"),
    )


def _directory(lab: str) -> Path:
    return lab_dir(lab) / "test-hosts"
