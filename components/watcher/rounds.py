"""Round after round: visit the services, look at the tunnel, write what was found, tell news."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .alerts import Outbox
from .canary import visit
from .certificate import served_expiry
from .config import Config
from .files import KeptFile
from .findings import Findings, faults, metrics, status
from .history import History
from .incidents import Incidents
from .metrics import render
from .nginx_status import read_status
from .tunnel import Tunnel

GLANCE = 2.0  # seconds between two looks at the tunnel: a connection that came anew is not missed


class Watch:
    """What is kept from round to round."""

    def __init__(self, config: Config, *, run: Path, state: Path) -> None:
        self._config = config
        self._status = KeptFile(run / "status.json")
        self._metrics = KeptFile(run / "metrics.prom")
        self._history = History(state / "history.jsonl")
        self._history.load(time.time())
        self._incidents = Incidents(state / "incidents.json")
        self._incidents.load()
        addresses = {"webhook": config.webhook, "ntfy": config.ntfy}
        self._outbox = Outbox(
            state / "outbox.json",
            config.stack,
            {kind: address for kind, address in addresses.items() if address},
        )
        self._outbox.load()
        self._pool = ThreadPoolExecutor(max_workers=max(1, len(config.targets)))
        self.tunnel = Tunnel(Path(config.tunnel_folder), config.connections, config.account)
        self._seen = KeptFile(state / "seen")
        self.tunnel.load(self._seen.path)

    def round(self) -> None:
        """One round, with everything that follows from it."""
        config = self._config
        visits = list(self._pool.map(visit, config.targets))
        self.tunnel.look()
        found = Findings(
            time=time.time(),
            visits=visits,
            tunnel=self.tunnel,
            certificate_expires=served_expiry(config.tls_name) if config.tls_name else None,
            nginx=read_status(config.status_url),
        )
        self._history.add(*visits)
        self.tunnel.save(self._seen)
        news = self._incidents.take(faults(config, found, self._incidents.told), found.time)
        # Told twice is better than never, whenever this program is ended.
        if self._outbox.put(news):
            self._incidents.save()
        told = self._incidents.told
        text = json.dumps(status(config, found, self._history, told), indent=1)
        self._status.keep(text + "\n")
        self._metrics.keep(render(metrics(found, told), config.stack))
        for one_news in news:
            print(f"{'over' if one_news.over else 'incident'}: {one_news.text}", flush=True)
        self._outbox.send(found.time)


def watch(config: Config, *, run: Path, state: Path) -> None:
    """Watch for ever.

    Args:
        config: What to watch.
        run: A folder for what is true now.
        state: A folder for what must outlast a restart.
    """
    kept = Watch(config, run=run, state=state)
    while True:
        due = time.monotonic() + config.interval
        kept.round()
        while (left := due - time.monotonic()) > 0:
            time.sleep(min(GLANCE, left))
            kept.tunnel.look()
