"""Brings the edge host in step with the zones, in a thread of its own; tries until it succeeds."""

from __future__ import annotations

import io
import logging
import tarfile
import threading
from typing import TYPE_CHECKING

from lab.edge.render import LAB, files
from lab.edge.sites import sites

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from subprocess import CompletedProcess

    from lab.ca import CertificateAuthority
    from lab.clouds.cloudflare.published import ZoneState
    from lab.dns.names import Addresses
    from lab.edge.render import Files

    RunOnEdge = Callable[[Sequence[str], bytes], CompletedProcess[bytes]]

LOG = logging.getLogger(__name__)
RETRY_SECONDS = 1.0


class Edge:
    """The edge host's configuration.

    `run` runs a command on the edge host with bytes as its input, and raises when it fails.
    `certificates` keeps one certificate per zone, for the zone's name and one label below it.
    `origin` tells the addresses behind a proxied name.
    """

    def __init__(
        self,
        *,
        run: RunOnEdge,
        ca: CertificateAuthority,
        certificates: Path,
        origin: Callable[[str], Addresses],
    ) -> None:
        self._run = run
        self._ca = ca
        self._certificates = certificates
        self._origin = origin
        self._wanted: ZoneState | None = None
        self._applied: str | None = None
        self._news = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._work, name="edge", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def update(self, state: ZoneState) -> None:
        """Serve this state as soon as possible; returns at once, from any thread."""
        with self._news:
            self._wanted = state
            self._news.notify()

    def close(self) -> None:
        """Stop working; what is being applied is finished."""
        with self._news:
            self._ending = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join()

    def apply(self, state: ZoneState) -> bool:
        """Bring the host in step now; whether anything had to change there."""
        wanted = sites(state, self._origin)
        zones = {site.zone for site in wanted}
        content = files(wanted, {zone: self._certificate(zone) for zone in zones}, state.origin_ca)
        if content.digest == self._applied:
            return False
        script = (LAB / "templates" / "edge-apply.sh").read_text()
        done = self._run(["bash", "-c", script, "edge-apply", content.digest], _tar(content))
        self._applied = content.digest
        return done.stdout.strip() != b"unchanged"

    def _work(self) -> None:
        said = ""
        while True:
            with self._news:
                self._news.wait_for(lambda: self._ending or self._wanted is not None)
                if self._ending:
                    return
                state, self._wanted = self._wanted, None
            assert state is not None
            try:
                if self.apply(state):
                    LOG.info("the edge follows a change")
                said = ""
            except Exception as error:  # noqa: BLE001 # whatever it is, the edge must follow later
                if str(error) != said:
                    said = str(error)
                    LOG.warning("the edge does not follow yet: %s", error)
                with self._news:
                    self._wanted = self._wanted or state
                    self._news.wait_for(lambda: self._ending, RETRY_SECONDS)

    def _certificate(self, zone: str) -> tuple[bytes, bytes]:
        """The zone's certificate and key; kept, so that a restart does not change the edge."""
        self._certificates.mkdir(mode=0o700, parents=True, exist_ok=True)
        certificate, key = (self._certificates / f"{zone}.{kind}" for kind in ("pem", "key"))
        if not certificate.exists():
            pem, private = self._ca.issue([zone, f"*.{zone}"])
            key.write_bytes(private)
            certificate.write_bytes(pem)
        return certificate.read_bytes(), key.read_bytes()


def _tar(content: Files) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in sorted(content.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o600
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()
