"""All checks, the worst finding first."""

from collections.abc import Sequence

from ops.doctor import host_checks, path_checks, watcher_checks
from ops.doctor.finding import ORDER, Finding
from ops.health.facts import Facts
from ops.health.model import Path

_OF_FACTS = (
    path_checks.stream_checks,
    path_checks.latency_check,
    path_checks.steadiness_check,
    host_checks.clock_check,
    host_checks.disk_checks,
    host_checks.certificate_checks,
    host_checks.firewall_checks,
    host_checks.port_checks,
    host_checks.drift_checks,
    host_checks.nginx_check,
    host_checks.update_checks,
    host_checks.sleep_check,
    watcher_checks.watcher_check,
)


def check(facts: Facts, paths: Sequence[Path]) -> list[Finding]:
    """Every finding; among those of a level the hops' come first."""
    found = list(path_checks.hop_checks(paths))
    for checks in _OF_FACTS:
        found += checks(facts)
    return sorted(found, key=lambda finding: ORDER.index(finding.level))
