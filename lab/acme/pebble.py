"""pebble, the ACME server for tests that Debian has: run as a child."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from lab import world
from lab.images import ensure_pebble
from lab.processes import tail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lab.ca import CertificateAuthority

DAYS = 90  # of a certificate, as Let's Encrypt's are
DAY_SECONDS = 24 * 3600
READY_SECONDS = 20.0
STOP_SECONDS = 5.0
ACME_PORT, MANAGEMENT_PORT = 14000, 15000


class Pebble:
    """A running one, asked over TLS on loopback.

    `root` is the certificate of its own authority, PEM; it makes a new one at each start.
    """

    def __init__(self, http: httpx.AsyncClient, root: bytes) -> None:
        self.http = http
        self.root = root


@contextlib.asynccontextmanager
async def run_pebble(hostname: str, ca: CertificateAuthority, log: Path) -> AsyncIterator[Pebble]:
    """Run it while the context lasts, on loopback of this network namespace.

    Raises RuntimeError with the end of its log when it does not answer in time.
    """
    root = ensure_pebble()
    with tempfile.TemporaryDirectory(prefix="lab-pebble-") as folder, log.open("ab") as output:
        child = await asyncio.create_subprocess_exec(
            *_command(root, _configure(Path(folder), hostname, ca)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={
                "PEBBLE_VA_NOSLEEP": "1",  # it would wait up to 15 s before it looks
                "PEBBLE_WFE_NONCEREJECT": "0",  # it would refuse some good requests on purpose
                "PEBBLE_AUTHZREUSE": "0",  # every certificate is validated anew
            },
        )
        context = ssl.create_default_context(cafile=str(ca.root_file))
        try:
            async with httpx.AsyncClient(verify=context, timeout=60, trust_env=False) as http:
                yield Pebble(http, await _root(http, child, log))
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            try:
                await asyncio.wait_for(child.wait(), STOP_SECONDS)
            except asyncio.TimeoutError:  # noqa: UP041 # another class on Python 3.10 and older
                child.kill()
                await child.wait()


def _configure(folder: Path, hostname: str, ca: CertificateAuthority) -> Path:
    certificate, key = ca.issue([hostname, "127.0.0.1"])
    (folder / "cert.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(key)
    config = folder / "config.json"
    settings = {
        "listenAddress": f"127.0.0.1:{ACME_PORT}",
        "managementListenAddress": f"127.0.0.1:{MANAGEMENT_PORT}",
        "certificate": str(folder / "cert.pem"),
        "privateKey": str(folder / "key.pem"),
        "httpPort": 80,
        "tlsPort": 443,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
        "certificateValidityPeriod": DAYS * DAY_SECONDS,
    }
    config.write_text(json.dumps({"pebble": settings}))
    return config


def _command(root: Path, config: Path) -> list[str]:
    """With its own loader and libraries: this machine's may be older than its Debian's."""
    (libraries,) = (root / "lib").glob("*-linux-gnu")
    (loader,) = libraries.glob("ld-linux-*.so.*")
    return [
        *(str(loader), "--library-path", str(libraries), str(root / "usr/bin/pebble")),
        *("-config", str(config), "-dnsserver", f"{world.RESOLVER}:53"),
    ]


async def _root(http: httpx.AsyncClient, child: asyncio.subprocess.Process, log: Path) -> bytes:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + READY_SECONDS
    while True:
        try:
            answer = await http.get(f"https://127.0.0.1:{MANAGEMENT_PORT}/roots/0")
            return answer.raise_for_status().content
        except httpx.HTTPError as error:
            if child.returncode is not None or loop.time() > deadline:
                raise RuntimeError(
                    f"the lab's ACME server does not answer:\n{tail(log)}"
                ) from error
            await asyncio.sleep(0.05)
