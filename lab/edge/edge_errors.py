"""Error pages of the edge. Runs on the edge host by itself, with Python's own library only.

nginx knows that the origin did not answer, not why. This program asks the origin once more, and
gives Cloudflare's number: 520 empty answer, 521 refused, 522 time-out, 523 unreachable, 524 slow
answer, 525 TLS failed, 526 wrong certificate, 530 name without address, 409 unknown host.
"""

from __future__ import annotations

import html
import socket
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROBE_SECONDS = 3.0
REASONS = {
    409: "DNS resolution error",
    520: "Web server is returning an unknown error",
    521: "Web server is down",
    522: "Connection timed out",
    523: "Origin is unreachable",
    524: "A timeout occurred",
    525: "SSL handshake failed",
    526: "Invalid SSL certificate",
    530: "Origin DNS error",
}
PAGE = """<!DOCTYPE html>
<html><head><title>{host} | {code}: {reason}</title></head>
<body><h1>Error {code}</h1><p>{reason}</p>
<p>Host: {host}<br>Ray ID: {ray}<br>cloudflare (the lab's edge)</p></body></html>
"""


def cause(
    origins: list[str], *, tls: bool, verify: bool, name: str, trust: str | None = None
) -> int:
    """Why the origins do not answer; the last one decides.

    `trust` is a file with roots that are good beside the system's.
    """
    context = ssl.create_default_context()
    if trust:
        context.load_verify_locations(trust)
    code = 530
    for origin in origins:
        host, _, port = origin.rpartition(":")
        code = _probe(
            host.strip("[]"), int(port), context if tls else None, verify=verify, name=name
        )
    return code


def _probe(host: str, port: int, tls: ssl.SSLContext | None, *, verify: bool, name: str) -> int:
    try:
        with socket.create_connection((host, port), PROBE_SECONDS) as raw:
            if tls:
                with tls.wrap_socket(raw, server_hostname=name):
                    pass
    except OSError as error:
        # The first that fits: some of these are kinds of others.
        meanings = (
            (ssl.SSLCertVerificationError, 526 if verify else 520),  # 520: mode full takes any
            (ssl.SSLError, 525),
            (ConnectionRefusedError, 521),
            (TimeoutError, 522),
            (ConnectionError, 525 if tls else 520),
        )
        return next((code for kind, code in meanings if isinstance(error, kind)), 523)
    return 520


def status(headers: dict[str, str], trust: str | None = None) -> tuple[int, int]:
    """The HTTP status and the number that the page shows, from what nginx says (Edge-*)."""
    kind = headers.get("Edge-Kind", "")
    if kind == "1001":
        return 409, 1001
    if kind == "1016":
        return 530, 1016
    reached = any(letter.isdigit() for letter in headers.get("Edge-Reached", ""))
    timed_out = headers.get("Edge-Ended", "").rpartition(" ")[2] == "504"
    if reached or timed_out:
        code = {(True, True): 524, (True, False): 520, (False, True): 522}[reached, timed_out]
        return code, code
    code = cause(
        [origin for origin in headers.get("Edge-Origins", "").split(",") if origin],
        tls=bool(headers.get("Edge-Tls")),
        verify=bool(headers.get("Edge-Verify")),
        name=headers.get("Host", ""),
        trust=trust,
    )
    return code, code


class Handler(BaseHTTPRequestHandler):
    """Answers every request with the error page that nginx asks for."""

    trust: str | None = None
    protocol_version = "HTTP/1.1"
    server_version = "cloudflare"
    sys_version = ""

    def do_GET(self) -> None:  # the name that http.server calls
        """The page."""
        asked = dict(self.headers.items())
        code, shown = status(asked, self.trust)
        host, ray = asked.get("Host", ""), asked.get("Edge-Ray", "")
        page = PAGE.format(
            host=html.escape(host), code=shown, reason=REASONS[code], ray=html.escape(ray)
        ).encode()
        self.send_response(code, REASONS[code])
        self.send_header("Content-Type", "text/html; charset=UTF-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "private, no-store")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # its own signature
        """Nothing: nginx's access log has the status."""


if __name__ == "__main__":
    Handler.trust = sys.argv[2]
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
