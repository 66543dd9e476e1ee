"""Sends news to a webhook or an ntfy topic, and keeps what could not be sent for later.

Their addresses are secrets: they are in no message, log or file of this program.
"""

from __future__ import annotations

import http.client
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .files import KeptFile
from .incidents import News

_PATIENCE = 10.0
_MOST_WAITING = 100
_KEPT = 24 * 3600.0
_MOVED = range(300, 400)


class _Unmoved(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: it would ask there with GET, and leave out what is to be told."""

    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        """None makes an error of the answer."""


_OPENER = urllib.request.build_opener(_Unmoved)


@dataclass
class Outbox:
    """What is still to be sent, remembered over restarts.

    Attributes:
        path: Where.
        stack: In whose name.
        addresses: Kind ("webhook" or "ntfy") -> where to; only those that are used.
    """

    path: Path
    stack: str
    addresses: dict[str, str]
    waiting: list[tuple[str, News]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._file = KeptFile(self.path)

    def load(self) -> None:
        """Read what an earlier run left unsent."""
        try:
            raw = json.loads(self.path.read_text(encoding="utf-8"))
            self.waiting = [(kind, News(**news)) for kind, news in raw]
        except (OSError, ValueError, TypeError):
            self.waiting = []

    def put(self, news: Iterable[News]) -> bool:
        """Take news to send; whether they would outlast the end of this program."""
        self.waiting += [(kind, one) for one in news for kind in self.addresses]
        self.waiting = self.waiting[-_MOST_WAITING:]
        self._save()
        return not self._file.failed

    def send(self, now: float) -> None:
        """Send what waits; what fails waits for the next call, for a day at most."""
        broken: set[str] = set()  # keeps the order: nothing overtakes what waits
        for kind, one in list(self.waiting):
            if kind in broken:
                continue
            stale = kind not in self.addresses or now - one.time > _KEPT
            if stale or self._deliver(kind, one):
                self.waiting.remove((kind, one))
                self._save()  # one by one: the next address may hang until this program is ended
            else:
                broken.add(kind)

    def _save(self) -> None:
        self._file.keep(json.dumps([(kind, asdict(one)) for kind, one in self.waiting]))

    def _deliver(self, kind: str, news: News) -> bool:
        address = self.addresses[kind]
        request = self._ntfy(address, news) if kind == "ntfy" else self._webhook(address, news)
        try:
            with _OPENER.open(request, timeout=_PATIENCE):  # the settings allow http(s) alone
                return True
        except urllib.error.HTTPError as error:
            reason = f"HTTP {error.code}"
            if error.code in _MOVED:
                reason += ", it leads elsewhere: set that address instead"
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = type(error).__name__  # its words may hold the address
        print(f"alert about {news.key} not sent by {kind}: {reason}", file=sys.stderr, flush=True)
        return False

    def _webhook(self, address: str, news: News) -> urllib.request.Request:
        words = self._words(news)
        body = {
            "stack": self.stack,
            "incident": news.key,
            "status": "resolved" if news.over else "open",
            "since": news.since,
            "time": news.time,
            "text": words,  # what Slack and Mattermost show
            "content": words,  # what Discord shows
        }
        return urllib.request.Request(  # noqa: S310 - as above
            address,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "User-Agent": "vps-reverse-proxy"},
        )

    def _ntfy(self, address: str, news: News) -> urllib.request.Request:
        now = "is well again" if news.over else "is in trouble"
        headers = {
            "Title": f"{self.stack}: {news.key} {now}",
            "Priority": "default" if news.over else "high",
            "Tags": "white_check_mark" if news.over else "warning",
            "User-Agent": "vps-reverse-proxy",
        }
        return urllib.request.Request(  # noqa: S310 - as above
            address, data=self._words(news).encode(), headers=headers
        )

    def _words(self, news: News) -> str:
        lasted = max(0, round(news.time - news.since))
        if news.over:
            return f"{self.stack}: over after {lasted} s: {news.text}"
        return f"{self.stack}: {news.text} (for {lasted} s now)"
