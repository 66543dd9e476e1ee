"""The published plugins, where this machine reaches the host that serves them."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING

from lab.cache import BuildError, Report, build_once, silent
from lab.engine.build import ensure_engine
from lab.paths import cache_dir

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOWNLOADS = "get.pulumi.com"
PROBE_SECONDS = 3.0
DOWNLOAD_SECONDS = 300


def reachable(probe: Callable[[], None] | None = None, *, seconds: float = PROBE_SECONDS) -> bool:
    """Whether the download host answers over HTTPS quickly; probe: how to ask (raises if not)."""
    answered = threading.Event()

    def ask() -> None:
        try:
            (probe or _head)()
        except (OSError, http.client.HTTPException):
            return
        answered.set()

    # A thread that is left behind: looking a name up cannot be interrupted.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return answered.is_set()


def _head() -> None:
    connection = http.client.HTTPSConnection(DOWNLOADS, timeout=PROBE_SECONDS)
    connection.request("HEAD", "/")
    connection.getresponse().close()


def download(name: str, version: str, server: str = "", *, report: Report = silent) -> Path:
    """The directory that the CLI unpacked the plugin into; kept in the cache.

    server: where it comes from if not from Pulumi's own host. Raises BuildError.
    """
    wanted = f"{name} {version}"

    def fetch(into: Path) -> None:
        report(f"downloading the published plugin {wanted}")
        pulumi = ensure_engine(report=report) / "pulumi"
        argv = [str(pulumi), "plugin", "install", "resource", name, version]
        try:
            done = subprocess.run(
                [*argv, "--server", server] if server else argv,
                env=os.environ | {"PULUMI_HOME": str(into / "home")},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=DOWNLOAD_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _error(wanted, f"no end after {DOWNLOAD_SECONDS} s") from None
        if done.returncode:
            raise _error(wanted, (done.stdout + done.stderr).strip())
        made = into / "home/plugins" / f"resource-{name}-v{version}"
        if not (made / f"pulumi-resource-{name}").is_file():
            raise _error(wanted, "the download holds no such executable")
        shutil.move(made, into / "plugin")
        shutil.rmtree(into / "home")

    place = cache_dir() / "plugins" / f"published_{name}-{version}"
    return build_once(place, fetch) / "plugin"


def _error(wanted: str, why: str) -> BuildError:
    return BuildError(
        f"the published plugin {wanted} cannot be downloaded: {why}\n"
        "LAB_PLUGINS=standin takes the lab's own stand-ins"
    )
