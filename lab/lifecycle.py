"""Brings a lab up and takes it down again, whatever state it is in."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lab import cgroups, hosts, infra_process, links, namespaces, net, own, world, wsl
from lab.ca import ensure_ca
from lab.cache import BuildError, Report, silent
from lab.existing_vps import add_existing_vps
from lab.hostspec import HostSpec
from lab.hoststate import HostError
from lab.images import ensure_layer, prepare
from lab.images.releases import DEFAULT
from lab.kernel_limits import raise_limits, restore_limits
from lab.line import LinkError
from lab.listening import NotReadyError
from lab.paths import cache_dir, lab_dir
from lab.plugins.wsl import ensure_plugins
from lab.processes import write_atomically
from lab.test_hosts import network as test_hosts
from lab.tokens import new_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LabError", "add_existing_vps", "down", "is_up", "up"]

IPV6 = Path("/proc/sys/net/ipv6")
HOSTS = (world.EDGE, world.CLIENT, world.WSL)  # infra is a process of the machine


class LabError(RuntimeError):
    """The lab cannot be brought up or taken down; says where and what to do."""


def up(lab: str, report: Report = silent, *, image: str | None = None) -> None:
    """Bring the lab up; quick when it is, repaired when a part of it died.

    Args:
        lab: Its name.
        report: Told what is being done.
        image: What the user's own machines run, one of `own.CHOICES`; None: what they do, Debian
            in a new lab.

    Raises LabError. What has come up until then stays to be looked at; `up` again or `down` both
    work from there.
    """
    try:
        own.check(image)
    except ValueError as error:
        raise LabError(str(error)) from None
    _need_root()
    _need_ipv6()
    with _locked(lab), _lab_errors(lab):
        if not _made(lab):
            _tear_down(lab)
            _make(lab, image or DEFAULT, report)
        elif image not in {None, own.chosen(lab)}:
            raise LabError(
                f"the WSL host of lab {lab} runs {own.chosen(lab)}, and {image} is asked for: "
                f"remove the lab first (bin/lab --lab {lab} down), or use another (--lab NAME)"
            )
        _revive(lab, report)


def down(lab: str) -> None:
    """Remove the lab: processes, mounts, namespaces, files. Fine when there is none.

    Raises LabError when a process cannot be ended.
    """
    _need_root()
    with _locked(lab), _lab_errors(lab):
        _tear_down(lab)


def is_up(lab: str) -> bool:
    """Whether every part of the lab lives."""
    return (
        _made(lab)
        and links.running(lab)
        and infra_process.running(lab)
        and test_hosts.running(lab)
        and all(hosts.running(lab, place.name) for place in HOSTS)
    )


def _make(lab: str, image: str, report: Report) -> None:
    prepare(image, report=report)
    images = {world.WSL.name: image}
    layers = {
        name: tuple(ensure_layer(name, image=images.get(name, DEFAULT), report=report))
        for name in (place.name for place in HOSTS)
    }
    links.ensure_binary()
    directory = lab_dir(lab)
    directory.mkdir(parents=True, mode=0o700)
    own.choose(lab, image)
    ensure_ca(directory)
    write_atomically(directory / "tokens.json", json.dumps(new_tokens()))
    write_atomically(directory / "passphrase", secrets.token_urlsafe(24))
    report("wires and machines")
    net.build(lab)
    for place in HOSTS:
        link = net.attachment(place)
        looks = wsl.looks(image) if place is world.WSL else wsl.Looks()
        HostSpec(
            name=place.name,
            role=place.role,
            lowers=layers[place.name],
            address=link.address,
            address6=link.address6,
            router=link.router,
            files=looks.files,
            symlinks=looks.symlinks,
        ).save(lab)
    write_atomically(_marker(lab), _boot_id())


def _revive(lab: str, report: Report) -> None:
    """Start what does not run, wait for what was started."""
    raise_limits()
    if not links.running(lab):
        links.start(lab)
    asleep = [place.name for place in HOSTS if not hosts.running(lab, place.name)]
    for name in asleep:
        hosts.start(lab, name)
    if infra_process.outdated(lab):
        report("clouds and DNS start anew: the lab's sources have changed")
        prepare(
            own.chosen(lab), report=report
        )  # an archive takes longer to build than they have to come up
        infra_process.stop(lab)
    if not infra_process.running(lab):
        infra_process.start(lab)
    if not test_hosts.running(lab):
        test_hosts.start(lab)
    with ThreadPoolExecutor() as pool:  # each waits for its own
        waits = [pool.submit(hosts.wait_booted, lab, name) for name in asleep]
        waits.append(pool.submit(infra_process.wait_ready, lab))  # type: ignore[arg-type] # results unused
        waits.append(pool.submit(test_hosts.wait_ready, lab))  # type: ignore[arg-type] # as above
        for wait in waits:
            wait.result()
    if asleep:
        report(f"up: {', '.join(asleep)}")
    wsl.sync_sources(lab)
    ensure_plugins(lab, report=report)
    wsl.wait_services(lab)


def _tear_down(lab: str) -> None:
    cgroups.kill(
        cgroups.of_lab(lab), reaped=True
    )  # with its last process every mount of a host goes, too
    net.destroy(lab)
    if lab_dir(lab).exists():
        shutil.rmtree(lab_dir(lab))
    restore_limits(labs_left=namespaces.any_left())


def _made(lab: str) -> bool:
    """Whether the lab was made whole, and in this boot of the machine."""
    try:
        return _marker(lab).read_text() == _boot_id()
    except FileNotFoundError:
        return False


@contextmanager
def _locked(lab: str) -> Iterator[None]:
    """One `up` or `down` of a lab at a time. The lock outlives the lab's own directory."""
    directory = cache_dir() / "locks"
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / f"lab-{lab_dir(lab).name}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _lab_errors(lab: str) -> Iterator[None]:
    """What the parts raise, as the lab's own error."""
    parts = (
        BuildError,
        cgroups.CgroupError,
        HostError,
        LinkError,
        namespaces.NetworkError,
        NotReadyError,
    )
    try:
        yield
    except parts as error:
        raise LabError(f"lab {lab}: {error}") from error


def _need_root() -> None:
    if os.geteuid() != 0:
        raise LabError("the lab makes namespaces and boots hosts: run it as root or with sudo")


def _need_ipv6() -> None:
    """Every host but the WSL one has an IPv6 address."""
    if not IPV6.is_dir():
        raise LabError(
            "this machine's kernel has no IPv6, and the lab's hosts need it: "
            "boot it without ipv6.disable=1 (the word is in /proc/cmdline)"
        )


def _marker(lab: str) -> Path:
    return lab_dir(lab) / "made"


def _boot_id() -> str:
    return namespaces.BOOT_ID.read_text().strip()
