"""A service that sends visitors to https itself: behind an edge that speaks http, the classic loop.

The service cannot see the visitor's TLS, only what X-Forwarded-Proto says. A proxy that tells it
the scheme of its own last hop (http) has it redirect for ever.
"""

from collections.abc import Iterator

import pytest

from lab import world
from tests.e2e.harness import Lab
from tests.e2e.modes import FORGED, switch, visit
from tests.e2e.shipped import ASR, TTS
from tests.e2e.waiting import until

STUBBORN = {
    "name": "stubborn",
    "hostname": "stubborn.gonova.one",
    "port": 8089,
    "upstreams": ["127.0.0.1:8009"],
    "metrics_allow": ["0.0.0.0/0", "::/0"],
}
# /health insists on https, and tells what it knows of its visitor; /metrics always redirects.
SERVICE = """
from http.server import BaseHTTPRequestHandler, HTTPServer

class Stubborn(BaseHTTPRequestHandler):
    def do_GET(self):
        content = self.path == "/health" and self.headers["X-Forwarded-Proto"] == "https"
        self.send_response(200 if content else 301)
        if not content:
            self.send_header("Location", "https://" + self.headers["Host"] + self.path)
        self.end_headers()
        told = [f"{name}: {self.headers[name]}\\n" for name in ("X-Forwarded-For", "X-Real-IP")]
        self.wfile.write("".join(told).encode() if content else b"")

HTTPServer(("127.0.0.1", 8009), Stubborn).serve_forever()
"""


@pytest.fixture
def stubborn(edited: Lab) -> Iterator[Lab]:
    """A lab with that service on its WSL host."""
    edited.write("wsl", "/root/stubborn.py", SERVICE)
    edited.sh("wsl", "systemd-run --quiet --unit=stubborn python3 /root/stubborn.py")
    yield edited
    edited.sh("wsl", "systemctl stop stubborn; rm /root/stubborn.py")


@pytest.mark.parametrize(
    "mode",
    ["flexible", *(pytest.param(mode, marks=pytest.mark.full) for mode in ("full", "strict"))],
)
def test_a_service_that_insists_on_https_is_served_and_not_sent_in_circles(
    stubborn: Lab, mode: str
) -> None:
    lab = stubborn
    switch(lab, mode, services=[ASR, TTS, STUBBORN])

    until(
        lambda: visit(lab, "https://stubborn.gonova.one/health") == ("200", 0),
        seconds=60,
        what="it is served to whoever comes by https",
    )
    assert visit(lab, "http://stubborn.gonova.one/health") == ("200", 1)
    # The service is told who the visitor is, whatever he says of himself.
    told = lab.get("https://stubborn.gonova.one/health", "-H", f"X-Forwarded-For: {FORGED}").text
    assert world.CLIENT.address6 is not None
    ours = {str(world.CLIENT.address), str(world.CLIENT.address6.ip)}
    seen = {line.split(": ")[1] for line in told.splitlines() if ": " in line}
    assert len(seen) == 1, told
    assert seen <= ours, told
    # A loop would be seen: a page that does redirect for ever is told from one that is served.
    assert visit(lab, "https://stubborn.gonova.one/metrics") == ("301", 5)
