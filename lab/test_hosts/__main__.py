"""`python -m lab.test_hosts --lab NAME`: holds the way to the test hosts, and listens as them.

Started in the namespace `core`; the hosts' addresses are in a namespace of their own behind it. The
kernels speak TCP, this program only keeps every packet for as long as it is on its way. SIGTERM
ends it.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import fcntl
import heapq
import itertools
import os
import select
import socket
import struct
import time

from lab.namespaces import netns_file
from lab.test_hosts.delays import Delays
from lab.test_hosts.network import CORE_DEVICE, HOSTS_DEVICE, NAMESPACE

PORTS = (80, 443)
BACKLOG = 512
LARGEST = 65536
MOST_ON_THE_WAY = 10000
HEADER = 20  # bytes of IPv4, without options
_TUNSETIFF = 0x400454CA
_CLONE_NEWNET = 0x40000000
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000


def open_device(name: str) -> int:
    """The file of a TUN device of this network namespace."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return device


def enter(lab: str, name: str) -> None:
    """Go to another network namespace of the lab; what is open stays where it was."""
    with netns_file(lab, name).open() as namespace:
        # os.setns came with Python 3.12, and its constant, too
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter the namespace {name}")


def listen(port: int) -> socket.socket:
    """A listener on every address of this namespace; the kernel answers, nobody reads."""
    listener = socket.create_server(("0.0.0.0", port), backlog=BACKLOG)  # nosec B104 - in a namespace
    listener.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    return listener


def carry(core: int, hosts: int, listeners: list[socket.socket], delays: Delays) -> None:
    """Carry packets between the two devices, each after its half of the round trip."""
    order = itertools.count()
    on_the_way: list[tuple[float, int, int, bytes]] = []
    ways = {core: (hosts, slice(16, 20)), hosts: (core, slice(12, 16))}
    poll = select.poll()
    for file in (core, hosts, *(listener.fileno() for listener in listeners)):
        poll.register(file, select.POLLIN)
    by_file = {listener.fileno(): listener for listener in listeners}
    while True:
        now = time.monotonic()
        while on_the_way and on_the_way[0][0] <= now:
            _, _, target, packet = heapq.heappop(on_the_way)
            with contextlib.suppress(OSError):  # a device that is full or down loses it
                os.write(target, packet)
        wait = max(0.0, on_the_way[0][0] - now) * 1000 if on_the_way else None
        for file, _ in poll.poll(wait):
            if file in by_file:
                with contextlib.suppress(OSError):  # it was reset before we came
                    by_file[file].accept()[0].close()  # as a server that is asked nothing
                continue
            packet = os.read(file, LARGEST)
            target, field = ways[file]
            if len(packet) < HEADER or packet[0] >> 4 != 4 or len(on_the_way) > MOST_ON_THE_WAY:  # noqa: PLR2004 - IPv4
                continue
            delay = delays.of(packet[field])
            if delay is not None:
                due = time.monotonic() + delay
                heapq.heappush(on_the_way, (due, next(order), target, packet))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m lab.test_hosts", description=__doc__)
    parser.add_argument("--lab", required=True, help="the lab's name")
    lab = parser.parse_args().lab
    core = open_device(CORE_DEVICE)
    enter(lab, NAMESPACE)
    hosts = open_device(HOSTS_DEVICE)
    carry(core, hosts, [listen(port) for port in PORTS], Delays(lab))


if __name__ == "__main__":
    main()
