"""`python -m lab.infra --lab NAME`: run in the namespace `infra` of a lab, by `bin/lab up`.

Reads `tokens.json` of the lab's directory; writes `infra.ready` there once everything listens.
Logs to standard error; no token is ever logged. SIGTERM ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
from typing import TYPE_CHECKING

from lab import own, world
from lab.ca import ensure_ca
from lab.edge import Edge
from lab.hosts import run_in
from lab.images import ensure_archive
from lab.infra.serving import Ports, lab_names, serve
from lab.machines import LabMachines
from lab.paths import lab_dir

if TYPE_CHECKING:
    from collections.abc import Sequence
    from subprocess import CompletedProcess

LOG = logging.getLogger("lab.infra")


async def run(lab: str) -> None:
    """Serve until SIGTERM or SIGINT."""
    directory = lab_dir(lab)
    ready = directory / "infra.ready"
    ready.unlink(missing_ok=True)
    tokens = json.loads((directory / "tokens.json").read_text())
    ca = ensure_ca(directory)
    names = lab_names()

    def on_edge(argv: Sequence[str], given: bytes) -> CompletedProcess[bytes]:
        return run_in(lab, world.EDGE.name, argv, input=given)

    edge = Edge(run=on_edge, ca=ca, certificates=directory / "edge", origin=names.origin)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def listening(_: Ports) -> None:
        edge.start()
        ready.touch()
        LOG.info("ready")

    infra = world.INFRA
    assert infra.address6 is not None
    try:
        await serve(
            listen=[str(infra.address), str(infra.address6.ip)],
            ports=Ports(),
            directory=directory,
            tokens=tokens,
            machines=LabMachines(lab),
            names=names,
            on_zones=edge.update,
            ca=ca,
            archive=ensure_archive(own.chosen(lab)),
            ready=listening,
            stop=stop,
        )
    finally:
        ready.unlink(missing_ok=True)
        edge.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m lab.infra", description=__doc__)
    parser.add_argument("--lab", required=True, help="the lab's name")
    options = parser.parse_args()
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    asyncio.run(run(options.lab))


if __name__ == "__main__":
    main()
