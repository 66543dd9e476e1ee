"""Measures latency: how long a TCP connection takes to open, which is one round trip.

Bounded in samples, time and concurrency; nothing is sent over the connection.
"""

import asyncio
import errno
import os
import socket
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass

PORTS = (443, 80)
SAMPLES = 5
CONNECT_SECONDS = 2.0
TOTAL_SECONDS = 30.0
AT_ONCE = 12


@dataclass(frozen=True, kw_only=True)
class Latency:
    """What was measured of one host.

    Attributes:
        milliseconds: The median of its samples; None where it did not answer.
        trouble: Why, in that case; else empty.
    """

    milliseconds: float | None
    samples: int = 0
    trouble: str = ""


def measure(hosts: Iterable[str], *, samples: int = SAMPLES) -> dict[str, Latency]:
    """The latency of every host, over IPv4 as the tunnel goes; about half a minute at most."""
    return asyncio.run(_measure_all(sorted(set(hosts)), samples))


async def _measure_all(hosts: list[str], samples: int) -> dict[str, Latency]:
    gate = asyncio.Semaphore(AT_ONCE)
    found: dict[str, Latency] = {}

    async def one(host: str) -> None:
        async with gate:
            found[host] = await measure_host(host, samples=samples)

    tasks = [asyncio.create_task(one(host)) for host in hosts]
    _, late = await asyncio.wait(tasks, timeout=TOTAL_SECONDS) if tasks else (set(), set())
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    none = Latency(milliseconds=None, trouble=f"not measured within {TOTAL_SECONDS:.0f} s")
    return {host: found.get(host, none) for host in hosts}


async def measure_host(
    host: str, *, samples: int = SAMPLES, ports: tuple[int, ...] = PORTS
) -> Latency:
    """One host: its name is looked up first, so that the figure is the way's alone."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(2 * CONNECT_SECONDS):
            known = await loop.getaddrinfo(host, None, family=socket.AF_INET)
    except (OSError, UnicodeError):  # TimeoutError is an OSError
        return Latency(milliseconds=None, trouble="its name is not found")
    address = str(known[0][4][0])
    trouble = ""
    for port in ports:
        taken: list[float] = []
        for _ in range(samples):
            try:
                taken.append(await _connect(address, port))
            except TimeoutError:
                trouble = f"no answer within {CONNECT_SECONDS:.0f} s"
            except OSError as error:
                trouble = os.strerror(error.errno or errno.ECONNREFUSED)
            else:
                continue
            break  # a lost one costs seconds: what was measured until then counts
        if taken:
            return Latency(milliseconds=statistics.median(taken), samples=len(taken))
    return Latency(milliseconds=None, trouble=trouble)


async def _connect(address: str, port: int) -> float:
    """Milliseconds until the connection is open. Raises OSError, TimeoutError."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as peer:
        peer.settimeout(0)  # asyncio waits, not the socket
        begun = time.perf_counter()
        async with asyncio.timeout(CONNECT_SECONDS):
            await loop.sock_connect(peer, (address, port))
        return (time.perf_counter() - begun) * 1000
