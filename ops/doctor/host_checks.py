"""Checks of both machines: room, clocks, certificates, updates, firewall, listeners, sleep."""

from collections.abc import Iterator

from components.drift.look import WORDS
from components.drift.report import EVERY_STEP
from components.modes import EXPIRY_WARNING_DAYS
from components.windows.asleep import sleep_findings
from ops.day2.ports import judge_ports
from ops.doctor.finding import Finding
from ops.health.facts import Disk, Facts, HostFacts, Seen
from ops.health.situation import CLOCK_SECONDS
from ops.remedies import MAKE_ROOM, on_vps

DAY = 86400.0
NEARLY_FULL = 0.10
VPS, WSL = "the VPS", "this machine"


def both_hosts(facts: Facts) -> Iterator[tuple[str, HostFacts]]:
    """The hosts that told their facts."""
    for name, seen in ((VPS, facts.vps), (WSL, facts.wsl)):
        if isinstance(seen, Seen):
            yield name, seen.facts


def disk_checks(facts: Facts) -> Iterator[Finding]:
    """Room on each host; what is full already is said by its hop, too."""
    for name, host in both_hosts(facts):
        tight = [disk for disk in host.disks if _share(disk) < NEARLY_FULL]
        told = ", ".join(f"{disk.place} has {_share(disk):.0%} left" for disk in tight)
        check = f"disk of {name}"
        if not host.disks:
            yield Finding(check=check, level="unknown", evidence="it was not told")
        elif not tight:
            yield Finding(check=check, level="ok", evidence=f"{_room(host.disks[0])} free")
        else:
            yield Finding(
                check=check,
                level="broken" if any(disk.full for disk in tight) else "warning",
                evidence=told,
                remedy=on_vps(MAKE_ROOM) if name == VPS else MAKE_ROOM,
            )


def _share(disk: Disk) -> float:
    inodes = disk.left / disk.files if disk.files else 1.0
    return min(disk.free / disk.size, inodes)


def _room(disk: Disk) -> str:
    return f"{disk.free / 1e9:.1f} GB of {disk.place}"


def clock_check(facts: Facts) -> Iterator[Finding]:
    """Both clocks against each other; which of them is wrong, its hop says."""
    if not isinstance(facts.vps, Seen) or facts.vps.ahead is None:
        return
    ahead = facts.vps.ahead
    told = f"the VPS's clock and ours differ by {abs(ahead):.1f} s"
    if abs(ahead) <= CLOCK_SECONDS:
        yield Finding(check="clocks", level="ok", evidence=told)
    else:
        remedy = "bin/ops ssh -- timedatectl; here: timedatectl; in Windows: wsl.exe --shutdown"
        yield Finding(check="clocks", level="broken", evidence=told, remedy=remedy)


def certificate_checks(facts: Facts) -> Iterator[Finding]:
    """How long the certificates last: the visitors', and the VPS's own."""
    answers = facts.operations.answers
    ends: dict[str, tuple[float, int]] = {}
    for service in facts.operations.services:
        health = facts.visits[service.name].health
        if health is not None and health.certificate_end:
            ends[f"certificate of {service.hostname}"] = (
                health.certificate_end,
                EXPIRY_WARNING_DAYS,
            )
    if isinstance(facts.vps, Seen):
        own = facts.vps.facts.certificates.get(facts.operations.names.certificate)
        if own is not None:
            ends["certificate on the VPS"] = (own, answers.expiry_warning_days)
    for check, (end, enough) in ends.items():
        days = (end - facts.now) / DAY
        told = f"{days:.0f} days left" if days > 0 else f"ended {-days:.0f} days ago"
        if days >= enough:
            yield Finding(check=check, level="ok", evidence=told)
        else:
            remedy = "pulumi up --refresh"
            if answers.certificate == "acme":
                unit = f"{facts.operations.names.certificate_unit}.service"
                remedy = on_vps(f"sudo journalctl -u {unit} -n 30")
            yield Finding(
                check=check, level="warning" if days > 0 else "broken", evidence=told, remedy=remedy
            )


def update_checks(facts: Facts) -> Iterator[Finding]:
    """Packages that wait to be updated, and reboots that wait."""
    for name, host in both_hosts(facts):
        if host.updates is None:
            continue
        go = "bin/ops ssh -- " if name == VPS else ""
        waiting, security = len(host.updates.packages), host.updates.security
        told = f"{waiting} packages wait, {security} of them for security"
        if host.updates.reboot:
            told += "; a reboot waits"
        if security or host.updates.reboot:
            remedy = f"{go}sudo apt-get upgrade"
            if host.updates.reboot:
                remedy += f"; {go}sudo reboot"
            yield Finding(check=f"updates of {name}", level="warning", evidence=told, remedy=remedy)
        else:
            yield Finding(check=f"updates of {name}", level="ok", evidence=told)


def firewall_checks(facts: Facts) -> Iterator[Finding]:
    """The VPS's own firewall is in force where the stack has one."""
    unit = facts.operations.names.firewall_unit
    for name, host in both_hosts(facts):
        there = host.units.get(unit)
        if name == VPS and there is not None and there.known:
            loaded = all(host.tables.values()) and bool(host.tables)
            if there.runs and loaded:
                yield Finding(check="firewall of the VPS", level="ok", evidence="it is in force")
            else:
                yield Finding(
                    check="firewall of the VPS",
                    level="broken",
                    evidence=f"{unit} is {there.active}, its rules are"
                    f" {'' if loaded else 'not '}loaded",
                    remedy=f"bin/ops ssh -- sudo systemctl restart {unit}",
                )


def port_checks(facts: Facts) -> Iterator[Finding]:
    """Nothing strange listens to others, and what should listen does."""
    ports = judge_ports(facts)
    strange = [port for port in ports if port.judgement == "unexpected"]
    for port in ports:
        if port.judgement == "missing":
            yield Finding(
                check="ports",
                level="warning",
                evidence=f"nobody listens on the {port.host} on port {port.port}: {port.purpose}",
                remedy="bin/ops status; pulumi up --refresh",
            )
    for port in strange:
        yield Finding(
            check="ports",
            level="warning",
            evidence=f"{port.program or 'somebody'} listens on the {port.host} to others:"
            f" {port.address} {port.port}/{port.protocol}",
            remedy="bin/ops ports; stop it, or let it listen on 127.0.0.1",
        )
    if not strange and list(both_hosts(facts)):
        evidence = "no unexpected port can be reached from outside"
        yield Finding(check="ports", level="ok", evidence=evidence)


def drift_checks(facts: Facts) -> Iterator[Finding]:
    """What was changed by hand since the last run, the firewall's rules among it."""
    for look in facts.drift:
        check = f"changes by hand on {WORDS[look.host]}"
        if look.unknown:
            yield Finding(check=check, level="unknown", evidence=look.unknown)
        elif not look.findings:
            yield Finding(check=check, level="ok", evidence="everything is as pulumi left it")
        for found in look.findings:
            lost = found.step == EVERY_STEP
            yield Finding(
                check=check,
                level="warning",
                evidence="the notes of what pulumi left there are gone" if lost else str(found),
                remedy="pulumi up",
            )


def nginx_check(facts: Facts) -> Iterator[Finding]:
    """Whether nginx would start again with the configuration that is there."""
    for name, host in both_hosts(facts):
        if host.nginx_trouble:
            go = "bin/ops ssh -- " if name == VPS else ""
            yield Finding(
                check=f"nginx's configuration on {name}",
                level="warning",
                evidence=host.nginx_trouble.splitlines()[-1],
                remedy=f"{go}sudo nginx -t; pulumi up --refresh",
            )


def sleep_check(facts: Facts) -> Iterator[Finding]:
    """Whether WSL may end this distribution when its last window is closed."""
    if facts.windows is None:
        return
    project = facts.operations.owner.partition("/")[0]
    found = sleep_findings(facts.windows, project)
    for one in found:
        yield Finding(
            check="WSL's sleep",
            level="unknown" if facts.windows.silent else "warning",
            evidence=one.evidence,
            remedy=one.remedy,
        )
    if not found:
        yield Finding(check="WSL's sleep", level="ok", evidence="Windows keeps it running")
