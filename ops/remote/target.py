"""Whom to ask for what, and what came of it; standard library alone."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """Whom to ask, and for what.

    Attributes:
        address: Where to connect to.
        hostname: For the Host header, and with `tls` for the certificate.
        path: What is asked for.
        upgrade: Whether to open a WebSocket there and send it one ping.
        headers: Beside the usual ones; may hold a key.
        pings: How many to send, one after the other.
        listen: How long to listen afterwards for pings of the service's own, in seconds.
    """

    address: str
    port: int
    hostname: str
    path: str
    tls: bool = False
    upgrade: bool = False
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    pings: int = 1
    listen: float = 0.0


@dataclass(frozen=True)
class Exchange:
    """What came of it.

    Attributes:
        failed: The stage that failed (connect, tls, answer, upgrade, pong); empty: none did.
        error: Why, in one word: refused, silent, unreachable, closed, certificate-expired,
            certificate, tls, malformed, or status for a WebSocket that was not opened.
        words: The same in the system's words.
        status: Of HTTP.
        connect_ms, tls_ms, answer_ms, pong_ms: How long each stage took.
        pongs_ms: Each ping's way to the service and back.
        heard: Pings of the service's own; None: nobody listened.
        certificate_end: When the certificate that was shown ends, in seconds since 1970.
        date: The server's own clock, in seconds since 1970.
    """

    failed: str = ""
    error: str = ""
    words: str = ""
    status: int | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    answer_ms: float | None = None
    pong_ms: float | None = None
    certificate_end: float | None = None
    date: float | None = None
    headers: dict[str, str] = field(default_factory=dict)
    pongs_ms: tuple[float, ...] = ()
    heard: int | None = None

    @property
    def well(self) -> bool:
        """Whether everything asked for came."""
        return not self.failed and self.status in {101, *range(200, 300)}
